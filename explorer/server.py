"""The server: Streamlit with the explorer's page script, and beside it the files of the live charts.

`python -m ranp app` runs it; so does `streamlit run explorer/server.py`.
"""

from pathlib import Path

from streamlit.starlette import App

from explorer import readiness
from explorer.guard import middleware
from explorer.live import routes

app = App(Path(__file__).parent / "app.py", routes=routes(), middleware=middleware())
readiness.allow_files()
readiness.send_at_once()
readiness.begin()
