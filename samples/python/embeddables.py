"""The agent in Python, over include/embeddables/agent_c.h, with nothing but ctypes.

    from embeddables import Agent, Error

    with Agent("libembeddables.so", project_id="pr_...", embeddable_id="flow_...",
               api_key="rk_...") as agent:
        agent.identify("email", "a@b.c")
        agent.track("level_complete", {"level": 3, "seconds": 61.5, "tags": ["a", "b"]})

agent.h is the manual of what the calls do. track and identify never wait; leaving the block waits up
to `timeout` seconds for events to be sent, and what is not sent by then is there at the next start.
The types stand in embeddables.pyi.
"""

import ctypes as c
import json

ABI_VERSION = 1
NULL, BOOL, INT, UINT, DOUBLE, STRING, RAW = range(7)
I32, U32, I64, U64 = c.c_int32, c.c_uint32, c.c_int64, c.c_uint64
KINDS = {"i32": I32, "u32": U32, "i64": I64, "u64": U64, "double": c.c_double, "pointer": c.c_void_p}


def _struct(name, text):
    """A struct of the header: in each line a kind and the names of fields of that kind."""
    fields = []
    for kind, *names in (line.split() for line in text.strip().splitlines()):
        for each in names:
            if kind == "text":  # a pointer and a size
                fields += [(each, c.c_char_p), (each + "_size", U64)]
            else:
                fields.append((each, KINDS.get(kind) or c.c_char * int(kind.lstrip("char"))))
    return type(name, (c.Structure,), {"_fields_": fields})


_Status = _struct("_Status", """u32 struct_size
    i32 code
    char240 message""")
_Prop = _struct("_Prop", """u32 struct_size
    i32 type group reserved
    text key
    i64 int_value
    u64 uint_value
    double double_value
    text text""")
_Outcome = _struct("_Outcome", """u32 struct_size
    i32 kind reason http_status
    u64 count
    i32 own reserved
    char40 event_id
    char104 event_name
    char256 message""")
_LogLine = _struct("_LogLine", """u32 struct_size
    i32 level
    char256 text""")
_Config = _struct("_Config", """u32 struct_size abi_version
    text project_id embeddable_id api_key base_url
    pointer extra_headers
    u64 extra_headers_count
    text proxy ca_file ca_pem pinned_public_key
    i32 http_version allow_plain_http
    i64 connect_timeout_ms request_timeout_ms
    i32 monitor_network memory_fallback store_only crash_safe_intake
    text store_path memory_folder
    pointer common_props
    u64 common_props_count
    text event_id_key
    u64 max_event_bytes
    i64 max_events max_store_bytes min_free_bytes max_dead_letters
    i64 max_age_hours unidentified_max_age_hours unknown_user_max_age_hours
    u64 max_volatile_events intake_bytes
    i64 persist_interval_ms immediate_timeout_ms flush_interval_ms backoff_initial_ms backoff_max_ms
    i64 max_retry_after_ms credentials_retry_ms unknown_user_retry_ms
    u32 batch_events max_in_flight
    i32 durability consent_policy
    pointer on_outcome on_outcome_user_data on_log on_log_user_data
    i32 log_level delivered_outcomes
    u64 outcome_capacity thread_stack_bytes
    i32 pump reserved
    pointer on_thread_start on_thread_stop on_thread_user_data transport clock""")


class Error(Exception):
    """A call that was refused: `code` is one of EMB_STATUS_, the text says what to do next."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def _prop(key, value):
    key = key.encode()
    prop = _Prop(c.sizeof(_Prop), NULL, 0, 0, key, len(key))
    if isinstance(value, bool):
        prop.type, prop.int_value = BOOL, value
    elif isinstance(value, int) and -(2**63) <= value < 2**63:
        prop.type, prop.int_value = INT, value
    elif isinstance(value, int) and 0 <= value < 2**64:
        prop.type, prop.uint_value = UINT, value
    elif isinstance(value, float):
        prop.type, prop.double_value = DOUBLE, value
    elif value is not None:
        text = (value if isinstance(value, str) else json.dumps(value)).encode()
        prop.type = STRING if isinstance(value, str) else RAW
        prop.text, prop.text_size = text, len(text)
    return prop


class Agent:
    """An agent of one store. `settings` are the fields of emb_config: store_path, base_url ..."""

    def __init__(self, library, timeout=2.0, **settings):
        self._emb, self._agent, self._timeout = c.CDLL(library), c.c_void_p(), timeout
        self._emb.emb_status_message.restype = self._emb.emb_outcome_kind_name.restype = c.c_char_p
        config = _Config()
        if self._emb.emb_config_init(c.byref(config), U32(c.sizeof(config)), U32(ABI_VERSION)) != 0:
            raise Error(1, "this library has another emb_config than embeddables.py")
        for name, value in settings.items():
            if not hasattr(config, name):
                raise TypeError("emb_config has no field " + name)
            setattr(config, name, value.encode() if isinstance(value, str) else value)
        self._call("start", c.byref(config), c.byref(self._agent))

    def _call(self, name, *arguments):
        status = _Status(c.sizeof(_Status))
        if getattr(self._emb, "emb_" + name)(*arguments, c.byref(status)) != 0:
            raise Error(status.code, self._emb.emb_status_message(c.byref(status)).decode())

    def track(self, name, props=None):
        listed = [_prop(key, value) for key, value in (props or {}).items()]
        array = (_Prop * len(listed))(*listed)
        self._call("track", self._agent, name.encode(), array, U64(len(listed)), None)

    def identify(self, key, value):
        self._call("identify_prop", self._agent, c.byref(_prop(key, value)))

    def reset(self):
        self._call("reset", self._agent)

    def set_consent(self, given):
        self._call("set_consent", self._agent, I32(1 if given else 2), None, I64(5000))

    def flush(self, timeout):
        self._call("flush", self._agent, I64(int(timeout * 1000)), None)

    def outcomes(self):
        """What became of events since the last call: (kind, event name, message), oldest first."""
        found, count = (_Outcome * 64)(), U64()
        found[0].struct_size = c.sizeof(_Outcome)
        self._call("poll_outcomes", self._agent, found, U64(64), c.byref(count))
        return [(self._emb.emb_outcome_kind_name(I32(each.kind)).decode(), each.event_name.decode(),
                 each.message.decode()) for each in found[: count.value]]

    def log(self):
        """What the agent has said since the last call, at log_level or above: 0 is everything."""
        found, count = (_LogLine * 64)(), U64()
        found[0].struct_size = c.sizeof(_LogLine)
        self._call("poll_log", self._agent, found, U64(64), c.byref(count))
        return [each.text.decode() for each in found[: count.value]]

    def close(self):
        if self._agent:
            try:
                self._call("shutdown", self._agent, I64(int(self._timeout * 1000)), None)
            finally:
                self._emb.emb_destroy(self._agent)
                self._agent = c.c_void_p()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
