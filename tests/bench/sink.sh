# Sourced by the scripts that need a sink: an nginx that answers each request with an Event.

# start_sink FOLDER: sets $sink to its URL, and $h2_sink and $h1_sink to those where it speaks
# HTTP/2 and HTTP/1.1 over TLS, with $ca_file to trust; it ends with the script.
start_sink() {
  local folder port
  mkdir -p "$1"
  folder=$(cd "$1" && pwd)
  port=$((20000 + RANDOM % 12000))
  ca_file=$folder/certificate.pem
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
    -subj /CN=sink -addext subjectAltName=IP:127.0.0.1 -keyout "$folder/key.pem" \
    -out "$ca_file" 2>/dev/null
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
  default_type application/json;
  ssl_certificate $ca_file;
  ssl_certificate_key $folder/key.pem;
  ssl_protocols TLSv1.3;
  http2_max_concurrent_streams 256;
  server {
    listen 127.0.0.1:$port;
    listen 127.0.0.1:$((port + 1)) ssl http2;
    listen 127.0.0.1:$((port + 2)) ssl;
    location / { return 200 '{"entry_id":"entry_bench"}'; }
  }
}
CONF
  /usr/sbin/nginx -p "$folder" -c "$folder/nginx.conf" &
  nginx=$!
  trap 'kill "$nginx" 2>/dev/null || true' EXIT
  for _ in $(seq 100); do
    (: >"/dev/tcp/127.0.0.1/$((port + 2))") 2>/dev/null && break
    sleep 0.05
  done
  sink=http://127.0.0.1:$port
  h2_sink=https://127.0.0.1:$((port + 1))
  h1_sink=https://127.0.0.1:$((port + 2))
}
