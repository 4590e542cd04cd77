# One of Jupyter's terminals as it is, with the program that it is given. Says its port when it listens.
import asyncio
import sys

import terminado
import tornado.httpserver
import tornado.netutil
import tornado.web


async def main():
    manager = terminado.NamedTermManager(shell_command=["bash", "-c", sys.argv[1]], max_terminals=2)
    terminals = (r"/terminals/websocket/(\w+)", terminado.TermSocket, {"term_manager": manager})
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    tornado.httpserver.HTTPServer(tornado.web.Application([terminals])).add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
