"""Why a client is not, or no longer, in the chat."""

from __future__ import annotations


class ChatRefused(Exception):
    """The server answered the join with an error message.

    Attributes:
        code: The error's code, as listed in `docs/chat-messages.md`.
        sentence: What was wrong and what to do.
    """

    def __init__(self, code: str, sentence: str) -> None:
        """Keep the code and the sentence."""
        super().__init__(f"{sentence} ({code})")
        self.code = code
        self.sentence = sentence


class ChatClosed(Exception):
    """The connection is closed.

    Attributes:
        code: The close code; 1006 if there was no closing handshake.
        reason: The close reason; often empty.
        text: What could not be said, if this came from `ChatClient.say`.
    """

    def __init__(self, code: int, reason: str, *, text: str | None = None) -> None:
        """Keep the code, the reason and the text."""
        why = f"code {code}, reason {reason!r}" if reason else f"code {code}, no reason"
        lost = "" if text is None else f" This was not sent: {text[:60]!r}."
        super().__init__(f"The connection is closed ({why}).{lost} Connect again to go on.")
        self.code = code
        self.reason = reason
        self.text = text
