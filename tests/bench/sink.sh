# Sourced by the scripts that need a sink: an nginx that answers each request with an Event.

# start_sink FOLDER: sets $sink to its URL; it ends with the script.
start_sink() {
  local folder port
  mkdir -p "$1"
  folder=$(cd "$1" && pwd)
  port=$((20000 + RANDOM % 12000))
  cat >"$folder/nginx.conf" <<CONF
worker_processes 1;
daemon off;
pid $folder/pid;
error_log $folder/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path $folder/body;
  keepalive_requests 10000000;
  server {
    listen 127.0.0.1:$port;
    default_type application/json;
    location / { return 200 '{"entry_id":"entry_bench"}'; }
  }
}
CONF
  /usr/sbin/nginx -p "$folder" -c "$folder/nginx.conf" &
  nginx=$!
  trap 'kill "$nginx" 2>/dev/null || true' EXIT
  for _ in $(seq 100); do
    (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.05
  done
  sink=http://127.0.0.1:$port
}
