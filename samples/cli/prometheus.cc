#include "samples/cli/prometheus.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "samples/cli/print.h"

namespace cli {

using namespace embeddables;

namespace {

class Metrics {
 public:
  explicit Metrics(const std::string& store) : store_(Escaped(store)) {}

  void Counter(const char* name, const char* help, std::uint64_t value) {
    Describe(name, help, "counter");
    Sample(name, "", std::to_string(value));
  }
  void Gauge(const char* name, const char* help, std::uint64_t value) {
    Describe(name, help, "gauge");
    Sample(name, "", std::to_string(value));
  }
  // Nothing where the age is not known.
  void Age(const char* name, const char* help, std::chrono::milliseconds age) {
    if (age.count() < 0) return;
    char seconds[32];
    std::snprintf(seconds, sizeof(seconds), "%lld.%03d", static_cast<long long>(age.count() / 1000),
                  static_cast<int>(age.count() % 1000));
    Describe(name, help, "gauge");
    Sample(name, "", seconds);
  }
  void Describe(const char* name, const char* help, const char* type) {
    text_ += std::string("# HELP embeddables_") + name + " " + help + "\n# TYPE embeddables_" +
             name + " " + type + "\n";
  }
  void Sample(const char* name, const std::string& label, const std::string& value) {
    text_ += std::string("embeddables_") + name + "{store=\"" + store_ + "\"" + label + "} " +
             value + "\n";
  }
  const std::string& text() const { return text_; }

 private:
  static std::string Escaped(const std::string& value) {
    std::string escaped;
    for (const char c : Printable(value)) {
      if (c == '\\' || c == '"') escaped += '\\';
      escaped += c;
    }
    return escaped;
  }

  std::string store_;
  std::string text_;
};

void AddHealth(Health health, Metrics* metrics) {
  metrics->Gauge("check", "Exit code of status --check; 0 is healthy.",
                 static_cast<std::uint64_t>(health));
}

void AddLedger(const Ledger& ledger, Metrics* metrics) {
  metrics->Counter("events_accepted_total", "Events that were taken.", ledger.accepted);
  metrics->Counter("events_delivered_total", "Events that the server confirmed.", ledger.delivered);
  metrics->Counter("events_rejected_total", "Events that became dead letters.", ledger.rejected);
  metrics->Describe("events_dropped_total", "Events that were given up, by reason.", "counter");
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    const std::string reason = embeddables::Name(static_cast<DropReason>(i));
    metrics->Sample("events_dropped_total", ",reason=\"" + reason + "\"",
                    std::to_string(ledger.dropped[i]));
  }
  metrics->Gauge("events_pending", "Events that wait, in memory and stored.", ledger.pending);
}

}  // namespace

std::string StatusMetrics(const std::string& store, const Inspection& seen, Health health) {
  Metrics metrics(store);
  AddHealth(health, &metrics);
  AddLedger(seen.ledger, &metrics);
  metrics.Gauge("dead_letters", "Dead letters that are kept.", seen.dead_letters);
  metrics.Age("oldest_pending_seconds", "Age of the oldest pending event.", seen.oldest);
  metrics.Age("last_delivery_seconds", "Time since the last delivery.", seen.last_delivery);
  metrics.Gauge("sends", "Whether a process sends.", seen.sends ? 1 : 0);
  metrics.Gauge("store_bytes", "Size of the store's files.", seen.store_bytes);
  metrics.Gauge("disk_free_bytes", "What is free on the store's disk.", seen.free_bytes);
  metrics.Gauge("store_writable", "Whether its owner can write to it.", seen.writable ? 1 : 0);
  return metrics.text();
}

std::string UnreadableMetrics(const std::string& store, Health health) {
  Metrics metrics(store);
  AddHealth(health, &metrics);
  return metrics.text();
}

}  // namespace cli
