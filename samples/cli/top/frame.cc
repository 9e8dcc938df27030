#include "samples/cli/top/frame.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "samples/cli/print.h"
#include "samples/cli/reasons.h"
#include "samples/cli/status.h"

namespace cli {

using namespace embeddables;
using std::chrono::milliseconds;

namespace {

class FrameLines {
 public:
  void Add(const std::string& line = "") { lines_.push_back(line); }
  void Add(const std::string& name, const std::string& value) {
    constexpr std::size_t kWidth = 11;
    lines_.push_back(name + std::string(name.size() < kWidth ? kWidth - name.size() : 1, ' ') +
                     value);
  }
  // A number, and what there is to say of it.
  void Add(const std::string& name, std::uint64_t number, const std::string& more) {
    char text[32];
    std::snprintf(text, sizeof text, "%12llu", Print(number));
    Add(name, text + (more.empty() ? "" : "   " + more));
  }
  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
};

std::string PerSecond(std::uint64_t now, std::uint64_t before, double seconds) {
  if (seconds <= 0) return {};
  char text[32];
  std::snprintf(text, sizeof text, "%.1f/s",
                static_cast<double>(now - std::min(now, before)) / seconds);
  return text;
}

std::string Share(std::uint64_t part, std::uint64_t whole) {
  constexpr std::size_t kBars = 20;
  const std::uint64_t share = whole == 0 ? 0 : part * kBars / whole;
  const auto bars = static_cast<std::size_t>(std::min<std::uint64_t>(kBars, share));
  return "[" + std::string(bars, '#') + std::string(kBars - bars, '.') + "] of " +
         std::to_string(whole);
}

std::string Dropped(const Ledger& ledger) {
  std::string text;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (ledger.dropped[i] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(Name(static_cast<DropReason>(i))) + " " +
            std::to_string(ledger.dropped[i]);
  }
  return text;
}

void AddCounts(const Glance& now, const std::optional<Glance>& before, FrameLines* lines) {
  const Inspection& seen = now.seen;
  const Ledger& ledger = seen.ledger;
  const Ledger& then = before ? before->seen.ledger : ledger;
  const double seconds = before ? std::chrono::duration<double>(now.at - before->at).count() : 0.0;
  lines->Add("accepted", ledger.accepted, PerSecond(ledger.accepted, then.accepted, seconds));
  lines->Add("delivered", ledger.delivered, PerSecond(ledger.delivered, then.delivered, seconds));
  lines->Add("rejected", ledger.rejected,
             "dead letters kept: " + std::to_string(seen.dead_letters));
  lines->Add("dropped", ledger.dropped_total(), Dropped(ledger));
  lines->Add("pending", ledger.pending,
             seen.oldest.count() < 0 ? "" : "the oldest for " + Duration(seen.oldest));
  lines->Add(" in memory", seen.in_memory,
             seen.left_over == 0 ? "" : "of dead processes: " + std::to_string(seen.left_over));
}

void DrawSending(const Inspection& seen, FrameLines* lines) {
  lines->Add("sender", SenderOf(seen));
  const bool nothing = seen.ledger.pending == 0 && seen.reason.waiting_for == WaitingFor::kNothing;
  lines->Add("reason", nothing ? "nothing to send" : Explanation(seen.reason));
  if (seen.last_delivery.count() >= 0) {
    lines->Add("delivery", "the last " + Duration(seen.last_delivery) + " ago");
  }
  if (seen.last_failure.waiting_for != WaitingFor::kNothing) {
    Reason failure = seen.last_failure;
    failure.since = milliseconds(0);
    lines->Add("failure", Duration(seen.last_failure.since) + " ago: " + Explanation(failure));
  }
  lines->Add("consent",
             std::string(Name(seen.consent)) + (seen.consent_required ? ", required" : ""));
}

void AddRoom(const Inspection& seen, FrameLines* lines) {
  lines->Add("events", seen.ledger.pending, Share(seen.ledger.pending, seen.bounds.max_events));
  lines->Add("bytes", seen.store_bytes, Share(seen.store_bytes, seen.bounds.max_store_bytes));
  lines->Add("disk free", seen.free_bytes, seen.writable ? "" : "the store is NOT WRITABLE");
}

void AddProcesses(const Inspection& seen, FrameLines* lines) {
  constexpr char kRow[] = "%-9s %-9s %-6s %7s %7s  %s";
  char row[512];
  std::snprintf(row, sizeof row, kRow, "PROCESS", "VERSION", "SENDS", "FLIGHT", "MEMORY", "STATE");
  lines->Add();
  lines->Add(row);
  for (const ProcessStatus& process : seen.processes) {
    const std::string pid = process.pid == 0 ? "?" : std::to_string(process.pid);
    std::snprintf(row, sizeof row, kRow, pid.c_str(), Printable(process.version).c_str(),
                  process.sender ? "yes" : "no", std::to_string(process.in_flight).c_str(),
                  std::to_string(process.in_memory).c_str(), Explanation(process.reason).c_str());
    lines->Add(Printable(row));  // a cut may leave half a character
  }
  if (!seen.complete)
    lines->Add("memory and lock of the store's owner cannot be read by this user");
}

std::size_t Columns(unsigned char first) { return first >= 0xe1 ? 2 : 1; }

// At most so many columns of a text in UTF-8.
std::string Cut(const std::string& text, std::size_t columns) {
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) == 0x80) continue;  // goes on with a character
    if (used + Columns(byte) > columns) return text.substr(0, i);
    used += Columns(byte);
  }
  return text;
}

// One blank for several.
std::string WithoutGaps(std::string line) {
  const auto gap = [](char a, char b) { return a == ' ' && b == ' '; };
  line.erase(std::unique(line.begin(), line.end(), gap), line.end());
  return line;
}

}  // namespace

std::vector<std::string> Frame(const std::string& store, const Glance& now,
                               const std::optional<Glance>& before) {
  FrameLines lines;
  lines.Add(Printable(store));
  lines.Add();
  AddCounts(now, before, &lines);
  lines.Add();
  DrawSending(now.seen, &lines);
  lines.Add();
  AddRoom(now.seen, &lines);
  AddProcesses(now.seen, &lines);
  return lines.Take();
}

std::vector<std::string> Fit(std::vector<std::string> lines, std::size_t columns,
                             std::size_t rows) {
  constexpr std::size_t kNumbersEnd = 23;  // with fewer columns they would be cut off
  if (lines.size() > rows) lines.erase(std::remove(lines.begin(), lines.end(), ""), lines.end());
  if (lines.size() > rows) lines.resize(rows);
  for (std::string& line : lines) {
    line = Cut(columns < kNumbersEnd ? WithoutGaps(line) : line, columns);
  }
  return lines;
}

}  // namespace cli
