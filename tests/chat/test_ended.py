from chatlib.chat.ended import ChatClosed, ChatRefused


def test_refused():
    refused = ChatRefused("name_taken", "Somebody is called Ana. Choose another name.")
    assert (refused.code, refused.sentence[:8]) == ("name_taken", "Somebody")
    assert str(refused) == "Somebody is called Ana. Choose another name. (name_taken)"


def test_closed_with_a_reason():
    closed = ChatClosed(1001, "stopping")
    assert (closed.code, closed.reason, closed.text) == (1001, "stopping", None)
    assert str(closed) == (
        "The connection is closed (code 1001, reason 'stopping'). Connect again to go on."
    )


def test_closed_keeps_the_whole_text_and_shows_its_start():
    closed = ChatClosed(1006, "", text="x" * 100)
    assert closed.text == "x" * 100
    assert str(closed) == (
        "The connection is closed (code 1006, no reason)."
        f" This was not sent: '{'x' * 60}'. Connect again to go on."
    )
