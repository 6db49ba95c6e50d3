"""A chat and its wire as one object of the façade."""

from chatlib import Lab
from chatlib.panels.wire_panel import ChatWithWire


async def test_it_unpacks_to_its_panels_and_is_read_without_a_kernel():
    lab = await Lab.start()
    ana, budi = shown = lab.chat("Ana", "Budi")
    await ana.connected()
    await budi.connected()
    await ana.say("Halo <i>")
    await budi.heard("Halo <i>")
    await lab.stop()
    assert isinstance(shown, ChatWithWire) and (ana.name, budi.name) == ("Ana", "Budi")
    bundle = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    text, html = bundle["text/plain"], bundle["text/html"]
    assert text.index("Ana in lobby") < text.index("Budi in lobby") < text.index("client → server")
    assert html.count("Halo &lt;i&gt;") >= 2 and "<i>" not in html
