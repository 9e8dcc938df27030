#!/usr/bin/env python3
"""A proxy that lets through who says "user:secret": prints its port, then a line for each request."""
import base64
import http.server
import urllib.error
import urllib.request

WANTED = "Basic " + base64.b64encode(b"user:secret").decode()


class Proxy(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Proxy-Authorization") != WANTED:
            return self.answer(407, b"", {"Proxy-Authenticate": 'Basic realm="proxy"'})
        headers = {k: v for k, v in self.headers.items() if not k.startswith("Proxy-")}
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(urllib.request.Request(self.path, body, headers)) as answer:
                return self.answer(answer.status, answer.read(), {})
        except urllib.error.HTTPError as error:
            return self.answer(error.code, error.read(), {})

    def answer(self, status, body, headers):
        print(status, flush=True)
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
print("port", server.server_port, flush=True)
server.serve_forever()
