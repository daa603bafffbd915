"""How gunicorn serves the site: several processes, each with threads, behind nginx."""

import os

wsgi_app = "wsgi:app"
bind = os.environ.get("KONGCHONG_WEB_BIND", "127.0.0.1:8080")

# Requests wait for the database and for outcomes, not for the processor: few processes, many threads. Each process takes
# orders in through one committer of its own, so fewer processes also means larger commits.
worker_class = "gthread"
workers = int(os.environ.get("KONGCHONG_WEB_WORKERS", "2"))
threads = int(os.environ.get("KONGCHONG_WEB_THREADS", "32"))

# A worker makes its own database connections and threads; none of them may be inherited from the parent.
preload_app = False

# SIGTERM: no new requests, those in hand are finished, then the process goes.
graceful_timeout = 30
timeout = 60
keepalive = 75
worker_tmp_dir = "/dev/shm"  # noqa: S108  the heartbeat file must not wait for a disk

# gunicorn would open a control socket in the home folder; systemd is what controls it here.
control_socket_disable = True

# Only nginx, on this machine, says who the visitor is.
forwarded_allow_ips = "127.0.0.1,::1"

# nginx writes the access log; the product writes its own.
accesslog = None
errorlog = "-"
