# A lobby on FastAPI and uvicorn as such small servers have it, everything in memory: a frame is put into words once, and a
# loop sends it to one socket after the other. It greets with the last ten messages and tells everybody of each who comes
# and goes. It sends no lists of people, which would cost it the cube of them in a storm.
import json, os, socket, sys, threading
from collections import deque
from datetime import datetime
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
people: dict[str, WebSocket] = {}
history: deque[str] = deque(maxlen=10)


async def broadcast(**frame: str) -> str:
    text = json.dumps({**frame, "timestamp": datetime.utcnow().isoformat(timespec="milliseconds") + "Z"})
    for name, person in list(people.items()):
        try:
            await person.send_text(text)
        except Exception:  # It is gone, and its own loop is about to say so.
            people.pop(name, None)
    return text


@app.websocket("/ws/{name}")
async def lobby(person: WebSocket, name: str) -> None:
    await person.accept()
    for text in history:
        await person.send_text(text)
    people[name] = person
    await broadcast(type="system", content=f"'{name}' joined the chat")
    try:
        while True:
            content = json.loads(await person.receive_text())["content"]
            history.append(await broadcast(type="chat", id=str(uuid4()), sender=name, content=content))
    except WebSocketDisconnect:
        people.pop(name, None)
        await broadcast(type="system", content=f"'{name}' left the chat")


# The process that started it has ended when the input ends.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
print(f"FastAPI is ready at http://localhost:{listening.getsockname()[1]} (pid {os.getpid()})", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listening])
