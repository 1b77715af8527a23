"""Genie's 61 reasons to fail, grouped by what can be done about them: one sentence to the asker for each group."""

from __future__ import annotations

from enum import Enum

from agents.errors import BadQuery, BotError, Refused, Unavailable


class Trouble(Enum):
    """What to do about a failed message."""

    AGAIN = "ask once more, a little later"
    REPHRASE = "not a question that Genie can take as it stands"
    SETUP = "the space, its tables or its warehouse are not set up"
    CHANGED = "somebody changed the message meanwhile"


_AGAIN = """
    RATE_LIMIT_EXCEEDED_GENERIC RATE_LIMIT_EXCEEDED_SPECIFIED_WAIT RETRYABLE_PROCESSING CHAT_COMPLETION_CLIENT
    CHAT_COMPLETION_CLIENT_TIMEOUT CHAT_COMPLETION_NETWORK GENERIC_CHAT_COMPLETION GENERIC_CHAT_COMPLETION_SERVICE
    INVALID_CHAT_COMPLETION_JSON DESCRIBE_QUERY_TIMEOUT DESCRIBE_QUERY_UNEXPECTED_FAILURE REPLY_PROCESS_TIMEOUT
    UNEXPECTED_REPLY_PROCESS GENERIC_SQL_EXEC_API_CALL INTERNAL_CATALOG_ASSET_CREATION_ONGOING
    STOP_PROCESS_DUE_TO_AUTO_REGENERATE
"""
_REPHRASE = """
    CONTENT_FILTER CONTEXT_EXCEEDED LOCAL_CONTEXT_EXCEEDED EXCEEDED_MAX_TOKEN_LENGTH GENERATED_SQL_QUERY_TOO_LONG
    MESSAGE_ATTACHMENT_TOO_LONG_ERROR DESCRIBE_QUERY_INVALID_SQL_ERROR INVALID_SQL_MULTIPLE_STATEMENTS
    INVALID_SQL_MULTIPLE_DATASET_REFERENCES INVALID_SQL_UNKNOWN_TABLE INVALID_TABLE_IDENTIFIER MISSING_SQL_QUERY
    NO_QUERY_TO_VISUALIZE SQL_EXECUTION FUNCTION_ARGUMENTS_INVALID FUNCTION_ARGUMENTS_INVALID_JSON
    FUNCTION_ARGUMENTS_INVALID_TYPE FUNCTION_CALL_MISSING_PARAMETER INVALID_FUNCTION_CALL ILLEGAL_PARAMETER_DEFINITION
    INVALID_COMPLETION_REQUEST UNKNOWN_AI_MODEL
"""
_SETUP = """
    WAREHOUSE_ACCESS_MISSING WAREHOUSE_NOT_FOUND NO_TABLES_TO_QUERY TABLES_MISSING TOO_MANY_TABLES
    TOO_MANY_CERTIFIED_ANSWERS COULD_NOT_GET_DASHBOARD_SCHEMA COULD_NOT_GET_MODEL_DEPLOYMENTS COULD_NOT_GET_UC_SCHEMA
    DEPLOYMENT_NOT_FOUND NO_DEPLOYMENTS_AVAILABLE_TO_WORKSPACE FUNCTIONS_NOT_AVAILABLE
    INVALID_CERTIFIED_ANSWER_FUNCTION INVALID_CERTIFIED_ANSWER_IDENTIFIER UNSUPPORTED_CONVERSATION_TYPE
    INTERNAL_CATALOG_ASSET_CREATION_FAILED INTERNAL_CATALOG_ASSET_CREATION_UNSUPPORTED INTERNAL_CATALOG_MISSING_UC_PATH
    INTERNAL_CATALOG_PATH_OVERLAP
"""
_CHANGED = """
    BLOCK_MULTIPLE_EXECUTIONS MESSAGE_CANCELLED_WHILE_EXECUTING MESSAGE_DELETED_WHILE_EXECUTING
    MESSAGE_UPDATED_WHILE_EXECUTING
"""
TROUBLES = {
    name: trouble
    for trouble, names in (
        (Trouble.AGAIN, _AGAIN),
        (Trouble.REPHRASE, _REPHRASE),
        (Trouble.SETUP, _SETUP),
        (Trouble.CHANGED, _CHANGED),
    )
    for name in names.split()
}
_OWN_RIGHTS = frozenset({"WAREHOUSE_ACCESS_MISSING", "NO_TABLES_TO_QUERY", "TABLES_MISSING", "COULD_NOT_GET_UC_SCHEMA"})


def trouble_of(kind: str) -> Trouble | None:
    """The group of an error type, None for one that we do not know."""
    return TROUBLES.get(kind.removesuffix("_EXCEPTION"))


def genie_failed(kind: str, text: str = "") -> BotError:
    """The error for a failed message. An unknown type is a failure that may pass, and is not tried again by itself."""
    name = kind.removesuffix("_EXCEPTION")
    if name in _OWN_RIGHTS or "INSUFFICIENT_PERMISSIONS" in text:
        return Refused(f"genie: {kind}")
    match trouble_of(kind):
        case Trouble.REPHRASE:
            return BadQuery(f"genie: {kind}", reason="genie_failed", code=kind)
        case Trouble.SETUP:
            return Unavailable(f"genie: {kind}", reason="genie_setup")
        case Trouble.CHANGED:
            return Unavailable(f"genie: {kind}", reason="genie_changed")
        case Trouble.AGAIN | None:
            limited = name.startswith("RATE_LIMIT")
            return Unavailable(f"genie: {kind}", reason="rate_limited" if limited else "genie_failed", wait="60")
