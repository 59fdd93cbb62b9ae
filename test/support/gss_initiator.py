"""The initiator's side of Kerberos through the GSS-API of the system, driven over standard input.

One JSON object a line, one answer a line. Bytes travel in base64.

    {"op": "step", "id": 1, "spn": "cifs@host", "token": null}  -> {"token": "...", "done": false}
    {"op": "facts", "id": 1}                                    -> {"key": "...", "lifetime": 36000}
    {"op": "mic", "id": 1, "data": "..."}                       -> {"mic": "..."}
    {"op": "verify", "id": 1, "data": "...", "mic": "..."}      -> {"valid": true}

An operation that fails answers {"error": "..."}.
"""

import base64
import json
import sys

import gssapi
import gssapi.raw

# GSS_C_INQ_SSPI_SESSION_KEY: the key of the context itself, which SMB derives its keys from.
SESSION_KEY = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2.5.5")

FLAGS = (
    gssapi.RequirementFlag.mutual_authentication
    | gssapi.RequirementFlag.integrity
    | gssapi.RequirementFlag.replay_detection
)

contexts = {}


def decode(text):
    return None if text is None else base64.b64decode(text)


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def step(request):
    context = contexts.get(request["id"])
    if context is None:
        name = gssapi.Name(request["spn"], gssapi.NameType.hostbased_service)
        context = gssapi.SecurityContext(
            name=name, usage="initiate", mech=gssapi.MechType.kerberos, flags=FLAGS
        )
        contexts[request["id"]] = context
    token = context.step(decode(request["token"]) or None)
    return {"token": encode(token), "done": bool(context.complete)}


def facts(request):
    context = contexts[request["id"]]
    key = gssapi.raw.inquire_sec_context_by_oid(context, SESSION_KEY)[0]
    return {"key": encode(key), "lifetime": context.lifetime}


def mic(request):
    return {"mic": encode(contexts[request["id"]].get_signature(decode(request["data"])))}


def verify(request):
    try:
        contexts[request["id"]].verify_signature(decode(request["data"]), decode(request["mic"]))
    except gssapi.exceptions.GSSError:
        return {"valid": False}
    return {"valid": True}


OPERATIONS = {"step": step, "facts": facts, "mic": mic, "verify": verify}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = OPERATIONS[request["op"]](request)
    except gssapi.exceptions.GSSError as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
