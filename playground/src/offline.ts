// The service worker: keeps all files of the page, so that it works without a network afterwards.

declare const FILES: string[]; // the build fills these in
declare const VERSION: string;

const scope = self as unknown as ServiceWorkerGlobalScope;
const NAME = `ticketflow-playground-${VERSION}`;

scope.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES)).then(() => scope.skipWaiting()));
});

scope.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => names.filter((each) => each.startsWith("ticketflow-playground-") && each !== NAME));
  event.waitUntil(old.then((names) => Promise.all(names.map((each) => caches.delete(each)))).then(() => scope.clients.claim()));
});

scope.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== scope.location.origin) return;
  event.respondWith(caches.open(NAME).then(async (cache) => (await cache.match(event.request, { ignoreSearch: true })) ?? fetch(event.request)));
});
