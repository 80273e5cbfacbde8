"""The words of the page in its languages. Those of rules, states and refusals are the library's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "es")
"""The languages of the page, the usual one first."""

_BOTH: Mapping[str, tuple[str, str]] = {
    "actions": ("What you can do", "Lo que puede hacer"),
    "add_message": ("Reply", "Responder"),
    "assign": ("Assign", "Asignar"),
    "assignee": ("Assignee", "Responsable"),
    "back": ("Back to the inbox", "Volver a la bandeja"),
    "cancel_snooze": ("Cancel the snooze", "Cancelar la posposición"),
    "choice": ("Until when", "Hasta cuándo"),
    "classification": ("Classification", "Calificación"),
    "closed": ("Closed", "Cerrados"),
    "comment": ("Comment", "Comentario"),
    "decline": ("Decline", "Declinar"),
    "done": ("Done.", "Hecho."),
    "event": ("Event", "Evento"),
    "exact": ("Or an exact date and time", "O una fecha y hora exactas"),
    "fields": ("Fields", "Campos"),
    "follow_up": ("Follow up", "Abrir un seguimiento"),
    "forbidden": ("Not possible now", "No es posible ahora"),
    "give_back": ("Give back", "Devolver"),
    "hidden": ("Snoozed", "Pospuestos"),
    "history": ("History in words", "Historia en palabras"),
    "inbox": ("Inbox", "Bandeja de entrada"),
    "internal": ("Internal note", "Nota interna"),
    "kind": ("Kind", "Tipo"),
    "language": ("Español", "English"),
    "last_activity": ("Last activity", "Última actividad"),
    "link": ("Link", "Vincular"),
    "lists": ("Lists", "Listas"),
    "message": ("Message", "Mensaje"),
    "more": ("More", "Más"),
    "messages": ("Messages", "Mensajes"),
    "mine": ("Mine", "Míos"),
    "new": ("New ticket", "Nuevo ticket"),
    "next_due": ("Next automatic step", "Próximo paso automático"),
    "no_messages": ("There are no messages.", "No hay mensajes."),
    "no_subject": ("(no subject)", "(sin asunto)"),
    "no_tickets": ("There are no tickets here.", "No hay tickets aquí."),
    "nobody": ("nobody", "nadie"),
    "none": ("none", "ninguno"),
    "not_done": ("This was not done:", "Esto no se hizo:"),
    "not_kept": ("(the text is not kept here)", "(el texto no se guarda aquí)"),
    "older": ("Older tickets", "Tickets anteriores"),
    "open": ("Open", "Abiertos"),
    "other": ("Other ticket", "Otro ticket"),
    "picture": ("Picture", "Imagen"),
    "picture_of": ("The history of {ticket} over time. The same is below in words.",
                   "La historia de {ticket} en el tiempo. Abajo está en palabras."),
    "rate": ("Rate", "Calificar"),
    "record_event": ("Record an event", "Registrar un evento"),
    "reopen": ("Reopen", "Reabrir"),
    "requester": ("Requester", "Solicitante"),
    "resolution": ("Resolution", "Resolución"),
    "review_classification": ("Review the classification", "Revisar la calificación"),
    "score": ("Score", "Puntaje"),
    "send": ("Send", "Enviar"),
    "set_fields": ("Change fields", "Cambiar campos"),
    "set_requester": ("Change the requester", "Cambiar el solicitante"),
    "sign_in": ("Sign in", "Entrar"),
    "sign_out": ("Sign out", "Salir"),
    "skip": ("Skip to the content", "Ir al contenido"),
    "snooze": ("Snooze", "Posponer"),
    "state": ("State", "Estado"),
    "subject": ("Subject", "Asunto"),
    "ticket": ("Ticket", "Ticket"),
    "token": ("Token", "Token"),
    "token_help": ("The command “token” of the service prints one.", "El comando «token» del servicio imprime uno."),
    "token_wrong": ("The token is not valid. Check that you copied all of it.",
                    "El token no es válido. Revise que lo copió completo."),
    "unassigned": ("Unassigned", "Sin responsable"),
    "until": ("Exact date and time", "Fecha y hora exactas"),
    "why": ("Why", "Motivo"),
    "why_rules": ("Why? What each rule does", "¿Por qué? Lo que hace cada regla"),
}  # fmt: skip

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {language: {name: both[place] for name, both in _BOTH.items()} for place, language in enumerate(LANGUAGES)}
)
"""The words by language and name."""
