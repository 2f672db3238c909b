"""A forecast in words and figures, for whoever shows one: terminal or page. Pure text: no console, no HTML."""
