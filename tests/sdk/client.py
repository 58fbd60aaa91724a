"""Uses segment-analytics-python as a team would, with only the host changed.

    client.py HOST WRITE_KEY SCENARIO TAG

Scenarios: `everything` (one message of every kind), `gzip` (the same, compressed),
`many` (250 events: several batches), `one` (a single event). The last line printed is
a report of the errors that the SDK handed to `on_error`.
"""

import json
import sys

from segment.analytics.client import Client

host, write_key, scenario, tag = sys.argv[1:]
errors = []
client = Client(
    write_key,
    host=host,
    gzip=scenario == "gzip",
    on_error=lambda error, batch: errors.append(f"{error} ({len(batch)} messages)"),
)
user = f"user-{tag}"

if scenario in ("everything", "gzip"):
    client.identify(user, {"email": f"{tag}@example.com", "firstName": "Ada", "plan": "gold"})
    client.track(user, "Order Completed", {"order_id": f"o-{tag}", "revenue": 12.5, "currency": "USD"})
    client.page(user, "Docs", "Getting started", {"path": "/start"})
    client.screen(user, "Home", "Front", {"variant": 2})
    client.group(user, f"group-{tag}", {"employees": 12})
    client.alias(f"anonymous-{tag}", user)
elif scenario == "many":
    for number in range(250):
        client.track(user, "Counted", {"number": number})
elif scenario == "one":
    client.track(user, "Counted", {"number": 1})
else:
    sys.exit(f"no such scenario: {scenario}")

client.flush()
client.shutdown()
print(json.dumps({"errors": errors}))
