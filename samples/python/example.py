"""A small program that tracks: `example.py LIBRARY STORE URL COUNT`.

LIBRARY is libembeddables.so of a shared build, URL the endpoint or an `embeddables-collector`. It
ends when each event was delivered. In a clone of this repository, after `samples/demo.sh`, with
Python 3 (`apt-get install python3`):

    cmake --preset shared && cmake --build --preset shared --target embeddables
    build/release/bin/embeddables-collector --port 8080 &
    python3 samples/python/example.py build/shared/libembeddables.so /tmp/events.db \
      http://127.0.0.1:8080 10
    kill $!     # the collector

With EMBEDDABLES_DEBUG=1 each request and answer is shown on standard error.
"""

import os
import sys
import time

from embeddables import Agent, Error

library, store, url, wanted = sys.argv[1:]
debug = os.environ.get("EMBEDDABLES_DEBUG") == "1"
with Agent(library, timeout=20, project_id="pr_demo", embeddable_id="flow_demo", api_key="rk_demo",
           store_path=store, base_url=url, log_level=0 if debug else 1) as agent:
    agent.set_consent(True)  # kept in the store; the program asks its user once
    agent.identify("email", "a@b.c")
    for n in range(int(wanted)):
        agent.track("tick", {"n": n, "language": "Python ä", "half": n / 2, "list": [n, None, True]})
    try:
        agent.track("No Snake Case")
        sys.exit("it took a name that the endpoint refuses")
    except Error as refused:  # the text says what to change
        assert "snake_case" in str(refused)
    delivered = 0
    while delivered < int(wanted):
        delivered += sum(kind == "delivered" for kind, name, message in agent.outcomes())
        if debug:
            sys.stderr.writelines(line + "\n" for line in agent.log())
        time.sleep(0.002)
    agent.flush(10)  # before a long pause; it waits until nothing is pending
    agent.reset()  # the user logs out: what follows is of nobody known
    agent.set_consent(False)  # or takes the yes back: what is still here is erased
    try:
        agent.track("tick")
        sys.exit("it tracked although the user said no")
    except Error as refused:
        assert "consent" in str(refused), refused
print("delivered", delivered)
