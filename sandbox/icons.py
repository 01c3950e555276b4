"""The few drawings on the pages, as inline SVG that readers of the screen skip."""

WALLET = (
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" '
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
    '<path d="M4 7.5A2.5 2.5 0 0 1 6.5 5H17v3"/>'
    '<rect x="4" y="8" width="16.5" height="11.5" rx="2.5"/>'
    '<circle cx="16.3" cy="13.7" r="1.2" fill="currentColor" stroke="none"/></svg>'
)
RECEIPT = (
    '<svg viewBox="0 0 76 76" fill="none" aria-hidden="true">'
    '<circle cx="38" cy="38" r="36" fill="#0f766e" fill-opacity=".12"/>'
    '<path d="M26 22h24a3 3 0 0 1 3 3v30l-5-3.5-5 3.5-5-3.5-5 3.5-5-3.5-5 3.5V25a3 3 0 0 1 3-3z" '
    'stroke="#0d9488" stroke-width="2.6" stroke-linejoin="round"/>'
    '<path d="M31.5 39.5l4.6 4.6 8.8-9.200" stroke="#0d9488" stroke-width="3" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
TICK = (
    '<svg viewBox="0 0 34 34" fill="none" aria-hidden="true"><circle cx="17" cy="17" r="16" '
    'fill="#15803d"/><path d="M10 17.5l4.8 4.8 9.400-10" stroke="#fff" stroke-width="2.8" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
CROSS = (
    '<svg viewBox="0 0 34 34" fill="none" aria-hidden="true"><circle cx="17" cy="17" r="16" '
    'fill="#b42318"/><path d="M11.5 11.5l11 11m0-11l-11 11" stroke="#fff" stroke-width="2.8" '
    'stroke-linecap="round"/></svg>'
)
