"""A host in Python with ctypes, made from the header as it stands: tracks, pulls outcomes, ends.

    host.py LIBRARY HEADER STORE URL COUNT

Exit code 0: each event was delivered, and the ledger says so.
"""

import ctypes
import re
import sys
import time

library_path, header_path, store, url, wanted = sys.argv[1:]
wanted = int(wanted)

text = re.sub(r"/\*.*?\*/", "", open(header_path, encoding="utf-8").read(), flags=re.S)
NUMBERS = {name: int(value) for name, value in re.findall(r"\b(EMB_[A-Z0-9_]+) = (\d+)", text)}
NUMBERS.update((name, int(value)) for name, value in re.findall(r"#define (EMB_\w+) (\d+)u?\n", text))
TYPES = {
    "char": ctypes.c_char,
    "double": ctypes.c_double,
    "int32_t": ctypes.c_int32,
    "uint32_t": ctypes.c_uint32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
}


def field_of(line):
    kind, star, name, length = re.fullmatch(r"(?:const )?(\w+)(\*?) (\w+)(?:\[(\w+)\])?;", line).groups()
    if star:
        return name, ctypes.c_char_p if kind == "char" else ctypes.c_void_p
    found = TYPES.get(kind, ctypes.c_void_p)  # a callback
    if length:
        found = found * int(NUMBERS.get(length, length))
    return name, found


for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\}", text, flags=re.S):
    fields = [field_of(line.strip()) for line in body.splitlines() if line.strip()]
    TYPES[name] = type(name, (ctypes.Structure,), {"_fields_": fields})

emb = ctypes.CDLL(library_path)
for function in ("emb_status_message", "emb_status_name", "emb_version"):
    getattr(emb, function).restype = ctypes.c_char_p


def sized(name):
    made = TYPES[name]()
    made.struct_size = ctypes.sizeof(made)
    return made


status = sized("emb_status")


def check(code):
    if code != NUMBERS["EMB_STATUS_OK"]:
        sys.exit(emb.emb_status_message(ctypes.byref(status)).decode())


def prop(key, kind, **values):
    made = sized("emb_prop")
    made.type = NUMBERS["EMB_TYPE_" + kind]
    made.key, made.key_size = key.encode(), len(key.encode())
    for field, value in values.items():
        setattr(made, field, value)
    return made


config = TYPES["emb_config"]()
check(emb.emb_config_init(ctypes.byref(config), ctypes.sizeof(config), NUMBERS["EMB_ABI_VERSION"]))
config.project_id = b"pr_demo"
config.embeddable_id = b"flow_demo"
config.api_key = b"rk_demo"
config.store_path = store.encode()
config.base_url = url.encode()
agent = ctypes.c_void_p()
check(emb.emb_start(ctypes.byref(config), ctypes.byref(agent), ctypes.byref(status)))
check(emb.emb_identify(agent, b"email", b"a@b.c", ctypes.byref(status)))

language = "Python ä".encode()
for n in range(wanted):
    props = (TYPES["emb_prop"] * 2)(
        prop("n", "INT", int_value=n),
        prop("language", "STRING", text=language, text_size=len(language)),
    )
    check(emb.emb_track(agent, b"tick", props, ctypes.c_uint64(2), None, ctypes.byref(status)))

outcomes = (TYPES["emb_outcome"] * 8)()
outcomes[0].struct_size = ctypes.sizeof(TYPES["emb_outcome"])
count = ctypes.c_uint64()
delivered = 0
while delivered < wanted:
    check(
        emb.emb_poll_outcomes(
            agent, outcomes, ctypes.c_uint64(8), ctypes.byref(count), ctypes.byref(status)
        )
    )
    for outcome in outcomes[: count.value]:
        delivered += outcome.kind == NUMBERS["EMB_OUTCOME_KIND_DELIVERED"]
    time.sleep(0.002)

check(emb.emb_shutdown(agent, ctypes.c_int64(20000), None, ctypes.byref(status)))
stats = sized("emb_stats")
check(emb.emb_get_stats(agent, ctypes.byref(stats), ctypes.byref(status)))
if stats.ledger.delivered != wanted or stats.ledger.pending != 0:
    sys.exit("the ledger says %d" % stats.ledger.delivered)
emb.emb_destroy(agent)
print("delivered", delivered)
