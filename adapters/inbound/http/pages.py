"""The pages that the API serves to people: one for each problem, and the reference."""

from html import escape
from importlib.resources import files
from pathlib import Path

from adapters.inbound.http.problems import PROBLEMS, Code

SWAGGER = Path(str(files("flask_openapi_swagger"))) / "templates" / "swagger"
ASSETS = {
    "swagger-ui.css": (SWAGGER / "css" / "swagger-ui.css", "text/css"),
    "swagger-ui-bundle.js": (
        SWAGGER / "js" / "swagger-ui-bundle.js",
        "text/javascript",
    ),
}
"""Files of the reference that are shipped in a package."""
START_SCRIPT = b"""window.onload = function () {
  window.ui = SwaggerUIBundle({
    url: "/openapi.json", dom_id: "#reference", deepLinking: true, validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout"
  });
};
"""
REFERENCE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
REFERENCE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lunas API reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}"
    "dt{font-weight:600}dd{margin:0 0 .6rem}code{background:#8882;padding:.1em .3em}"
)

STALE_LINK = f"""<!doctype html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OVO</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Tautan ini sudah tidak berlaku</h1>
<p>Kembali ke percakapan Anda, lalu mulai lagi menghubungkan OVO dari sana.</p>
<p lang="en">This link is no longer valid. Go back to your chat and link OVO again from there.</p>
</body>
</html>
""".encode()
"""For a browser that comes back with a state that is not ours, or too late."""


def problem_page(code: Code) -> bytes:
    """What a problem means and who can do something about it."""
    problem = PROBLEMS[code]
    again = "Yes, unchanged." if problem.retryable else "No: something has to change first."
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(code)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(problem.title)}</h1>
<p>{escape(problem.advice)}</p>
<dl>
<dt>Code</dt><dd><code>{escape(code)}</code></dd>
<dt>HTTP status</dt><dd>{problem.status}</dd>
<dt>Is it worth repeating?</dt><dd>{again}</dd>
<dt>Who can fix it</dt><dd>{escape(problem.who_can_fix)}</dd>
</dl>
</body>
</html>
"""
    return page.encode()
