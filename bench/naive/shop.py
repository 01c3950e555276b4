"""`python -m bench.naive.shop PORT DATABASE`: the shop's API, a Flask app on its own threads."""

import logging
import sys
from pathlib import Path

from flask import Flask, request
from werkzeug.serving import make_server

from bench.naive.orders import Orders


def main(port: int, database: Path) -> None:
    """Take orders until killed."""
    app, orders = Flask(__name__), Orders(database)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    @app.post("/orders")
    def take() -> tuple[dict[str, str], int]:
        told = request.get_json()
        orders.add(told["order_id"], told["phone"], told["amount"])
        return {"status": "pending"}, 202

    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
