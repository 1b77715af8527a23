"""What a browser sees of the sandbox: product pages and the sign-in. Without it links would lead nowhere."""

from sandbox.pages.products import routes

__all__ = ["routes"]
