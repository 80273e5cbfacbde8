// A web worker that answers one request at a time, with a time limit. It is ended and started again if it takes too long.

export class Stopped extends Error {}
/** A request that a newer one of its kind replaced before it began. */
export class Replaced extends Error {}

interface Job { key: string; message: unknown; resolve: (answer: any) => void; reject: (error: Error) => void }

export class Remote {
  onBusy: (busy: boolean) => void = () => {};
  #worker: Worker | null = null;
  #ready = false;
  #queue: Job[] = [];
  #running: Job | null = null;
  #timer = 0;

  constructor(private readonly file: string, private readonly seconds: number, private readonly secondsToStart = 90) {}

  ask<T>(message: unknown, key: string): Promise<T> {
    for (const old of this.#queue.filter((each) => each.key === key)) old.reject(new Replaced());
    this.#queue = this.#queue.filter((each) => each.key !== key);
    return new Promise((resolve, reject) => {
      this.#queue.push({ key, message, resolve, reject });
      this.#next();
    });
  }

  get isBusy(): boolean {
    return this.#running !== null;
  }

  stop(why = "it was stopped"): void {
    this.#worker?.terminate();
    clearTimeout(this.#timer);
    this.#worker = null;
    this.#ready = false;
    const jobs = [...(this.#running ? [this.#running] : []), ...this.#queue];
    this.#running = null;
    this.#queue = [];
    this.onBusy(false);
    for (const job of jobs) job.reject(new Stopped(why));
  }

  #start(): void {
    this.#worker = new Worker(this.file, { type: "module" });
    this.#worker.onmessage = ({ data }) => (data === "ready" ? this.#begin() : this.#finish(data));
    this.#worker.onerror = (event) => this.stop(event.message || "the worker cannot be loaded");
    this.#timer = setTimeout(() => this.stop("it did not start in time"), this.secondsToStart * 1000);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#ready = true;
    this.#next();
  }

  #next(): void {
    if (!this.#worker) this.#start();
    if (!this.#ready || this.#running) return;
    const job = this.#queue.shift();
    if (!job) return;
    this.#running = job;
    this.onBusy(true);
    this.#timer = setTimeout(() => this.stop(`it took longer than ${this.seconds} seconds`), this.seconds * 1000);
    this.#worker?.postMessage(job.message);
  }

  #finish(answer: any): void {
    const job = this.#running;
    clearTimeout(this.#timer);
    this.#running = null;
    this.onBusy(false);
    if (answer && typeof answer.error === "string") job?.reject(new Error(answer.error));
    else job?.resolve(answer);
    this.#next();
  }
}
