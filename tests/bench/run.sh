#!/usr/bin/env bash
# Measures everything within ten minutes, and prints one table. Installs what it needs (Debian,
# Ubuntu). Results stay in build/bench: results.txt, results.json, growth.svg.
#
#   tests/bench/run.sh [--long]     --long: a backlog of up to ten million events, streams of 10 min
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/packages.sh
. tests/bench/sink.sh

largest=1000000 seconds=30
[ "${1:-}" = --long ] && largest=10000000 seconds=600
need $build_packages libbenchmark-dev nginx-light openssl ca-certificates gnuplot-nox \
  binutils
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake --preset release -DEMBEDDABLES_BUILD_BENCH=ON >/dev/null
cmake --build --preset release --target embeddables-bench embeddables-micro footprint_with \
  footprint_without >/dev/null
out=build/bench
mkdir -p "$out"
bench=build/release/bin/embeddables-bench

start_sink "$out/nginx"
# As most hosts trust: all that the system does.
authorities=$out/authorities.pem
cat /etc/ssl/certs/ca-certificates.crt "$ca_file" >"$authorities"

for workload in w1 w2 w3 w4 w5 w6 busy minute immediate sustained heap growth pauses flash \
  latency command; do
  "$bench" "$workload" --sink "$sink" --h2-sink "$h2_sink" --h1-sink "$h1_sink" \
    --ca-file "$authorities" --largest "$largest" --seconds "$seconds"
done | tee "$out/results.txt"
build/release/bin/embeddables-micro --benchmark_format=json >"$out/micro.json" 2>/dev/null

awk 'BEGIN { print "[" }
  { printf "%s{\"workload\":\"%s\"", (NR > 1 ? ",\n" : ""), $1
    for (i = 2; i <= NF; ++i) if (split($i, pair, "=") == 2) printf ",\"%s\":%s", pair[1], pair[2]
    printf "}" }
  END { print "\n]" }' "$out/results.txt" >"$out/results.json"

grep '^growth' "$out/results.txt" | tr '=' ' ' >"$out/growth.data"
gnuplot <<PLOT
set terminal svg size 900,700
set output "$out/growth.svg"
set multiplot layout 2,2
set logscale x
set xlabel "events in the backlog"
set style data linespoints
set yrange [0:*]
set offsets graph 0, 0, graph 0.1, 0
set title "events per second"
plot "$out/growth.data" using 3:5 title "stored", "" using 3:7 title "drained"
set title "Start, ms"
plot "$out/growth.data" using 3:9 notitle
set title "Track, p50, ns"
plot "$out/growth.data" using 3:13 notitle
set yrange [*:*]
set title "memory over an empty agent, KiB"
plot "$out/growth.data" using 3:11 notitle
PLOT

# what, limit, ours, ratio, goal
echo
awk '
  function row(what, limit, ours, ratio, goal) {
    printf "%-34s %12s %12s %8s   %s\n", what, limit, ours, ratio, goal
  }
  BEGIN { row("what", "limit", "ours", "ratio", "goal") }
  { for (i = 2; i <= NF; ++i) if (split($i, pair, "=") == 2) v[pair[1]] = pair[2] }
  $1 == "w1_back_to_back" || $1 == "w2_four_threads" || $1 == "w1_paced_1khz" {
    p50 = $1 == "w1_back_to_back" ? 150 : $1 == "w2_four_threads" ? 300 : 1000
    p999 = $1 == "w1_back_to_back" ? 1000 : $1 == "w2_four_threads" ? 3000 : 10000
    row($1 " p50 ns", v["clock_ns"], v["p50_ns"], sprintf("%.1f", v["p50_ns"] / v["clock_ns"]),
        "<= " p50 " ns, refused " v["refused_percent"] " %")
    row($1 " p99.9 ns", v["clock_ns"], v["p999_ns"], sprintf("%.1f", v["p999_ns"] / v["clock_ns"]),
        "<= " p999 " ns")
  }
  $1 ~ /^busy_/ || $1 ~ /^minute_/ {
    paced = $1 ~ /^minute_/
    row($1 " p50 ns", "", v["p50_ns"], "", "<= " (paced ? 1000 : 150) " ns, refused " v["refused"])
    row($1 " p99.9 ns", "", v["p999_ns"], "", "<= " (paced ? 10000 : 1000) " ns, max " v["max_ns"])
  }
  $1 == "immediate" {
    row("kImmediate, 4 threads: events/s", v["commits_per_s"], v["four_threads_per_s"], v["ratio"],
        v["commits_per_s"] < 3333 ? ">= 2" : ">= 1.5")
  }
  $1 == "heap" { row("heap in a burst and a drain, KiB", "", v["peak_kib"], "", "<= 4096") }
  $1 ~ /^pauses_/ { row($1 ": longest step ms", "", v["max_ms"], "", "<= 50") }
  $1 == "w3_to_disk" { row("w3 events/s to disk", v["sqlite_rows_per_s"], v["events_per_s"], v["ratio"], "none set") }
  $1 == "w4_drain" {
    row("w4 events/s drained", v["curl_posts_per_s"], v["events_per_s"], v["ratio"], ">= 0.70")
    row("w4 CPU us per event", v["curl_cpu_us"], v["cpu_us"], v["cpu_ratio"], "<= 1.40")
  }
  $1 == "w5_killed" { row("w5 lost of 10,000 at SIGKILL", 0, v["lost"], "", "0") }
  $1 == "w6_footprint" {
    row("w6 code and data KiB", "", v["code_and_data_kib"], "", "<= 200")
    row("w6 private dirty KiB, queue aside", "", v["private_dirty_kib"] - 4096, "", "<= 512")
    row("the same with TLS", "", v["private_dirty_tls_kib"] - 4096, "", "<= 2048")
    row("w6 threads", "", v["threads"], "", "1")
  }
  $1 == "command" {
    row("CPU ms of one track --no-flush, of --version", v["version_cpu_ms"], v["track_cpu_ms"], v["ratio"], "<= 2")
    row("the same, of --help", v["help_cpu_ms"], v["track_cpu_ms"], v["of_help"], "none set")
  }
  $1 == "sustained" { row("200,000 events/s: refused %", "", v["refused_percent"], "", "0") }
  $1 ~ /^flash_o/ {
    if ($1 == "flash_offline_100") row($1 " bytes, of bodies", v["body_bytes"], v["bytes_per_event"], v["of_bodies"], "<= 3")
    else row($1 " bytes per event", "", v["bytes_per_event"], "", $1 ~ /online/ ? "<= 100" : "<= 8192")
    row($1 " wake-ups per s", "", v["wakes_per_s"], "", $1 == "flash_online_1" ? "<= 1" : "none set")
  }
  $1 == "flash_idle" { row("idle: wake-ups in " v["seconds"] " s", "", v["wakes"], "", "0") }
  $1 == "latency_h2" || $1 == "latency_h1" {
    way = $1 == "latency_h2" ? "HTTP/2" : "HTTP/1.1"
    row("50 ms, " way ", " v["in_flight"] ": events/s", sprintf("%.0f", v["in_flight"] * 1000 / v["latency_ms"]),
        v["events_per_s"], v["ratio"], ">= 0.90")
    row("50 ms, " way ": connections", "", v["connections"], "", $1 == "latency_h2" ? "<= 2" : "8")
  }
  $1 == "latency_bytes" {
    row("HTTP/2 bytes over the body", "", v["over_body_in_tls"], "", "<= 60")
    row("the same, TLS records included", "", v["over_body"], "", "<= 60")
  }
  $1 == "latency_set_ups" {
    row("set-ups in 10,000 events, HTTP/2", 1, v["h2"], "", "one a connection")
    row("set-ups in 10,000 events, HTTP/1.1", 8, v["h1"], "", "one a connection")
  }
  $1 == "latency_default" { row("in flight by default, most", "", v["in_flight_most"], "", "8") }
  $1 == "latency_adapts" {
    row("in flight where 16 are taken", v["allowed"], v["least"] " to " v["most"], "", "8 to 17, refused " v["refused_percent"] " %")
    row("in flight once all are taken", v["ceiling"], v["freed_most"], "", "64")
  }
  $1 == "growth" {
    if (first == "") first = v["drain_per_s"]
    row("backlog " v["backlog"] " drained/s", first, v["drain_per_s"], sprintf("%.2f", v["drain_per_s"] / (first > 0 ? first : 1)), ">= 0.90")
    row("backlog " v["backlog"] " stored/s", "", v["insert_per_s"], "", "none set")
    row("backlog " v["backlog"] " Start ms", "", v["start_ms"], "", "<= 20")
    row("backlog " v["backlog"] " KiB over empty", "", v["rss_over_empty_kib"], "", "<= 4096")
    row("backlog " v["backlog"] " Track p50 ns", "", v["call_p50_ns"], "", "<= 150")
  }' "$out/results.txt" | tee "$out/table.txt"
