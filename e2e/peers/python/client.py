"""Does with Databricks' SDK what it is told: a line of JSON in, a line of JSON out."""

import json
import os
import sys
from types import GeneratorType

from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.service.postgres import RequestedClaims
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

BARE = dict(os.environ)


def main():
    for line in sys.stdin:
        try:
            answer = {"result": done(**json.loads(line))}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def done(env, config, call, arguments):
    if call == "variables":
        return variables()
    os.environ.clear()
    os.environ.update({**BARE, **env})
    target = WorkspaceClient(**config)
    for name in call.split("."):
        target = getattr(target, name)
    return plain(target(**{name: typed(name, value) for name, value in arguments.items()}))


def variables():
    """Those of which the SDK takes one for an identity, and two for one too many."""
    identities = [attribute for attribute in Config.attributes() if attribute.auth]
    return [name for attribute in identities for name in [attribute.env, *attribute.env_aliases]]


def typed(name, value):
    if name == "ttl":
        return read(Duration(), value)
    if name == "expire_time":
        return read(Timestamp(), value)
    if name == "claims":
        return [RequestedClaims.from_dict(claim) for claim in value]
    return value


def read(message, text):
    message.FromJsonString(text)
    return message


def plain(result):
    if isinstance(result, GeneratorType):
        return [plain(item) for item in result]
    return result.as_dict() if hasattr(result, "as_dict") else result


main()
