"""What all that clients get has in common."""

from pydantic import BaseModel, ConfigDict


class Output(BaseModel):
    """Describes an answer, and is checked by tests; at run time ready data is sent as it is. It may grow."""

    model_config = ConfigDict(extra="allow")
