#include "samples/cli/report.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <cstdio>
#include <string>

#include "samples/cli/print.h"

namespace cli {
namespace {

using namespace embeddables;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

unsigned long long Print(std::uint64_t number) { return number; }

void Member(Writer* writer, const char* key, std::uint64_t number) {
  writer->Key(key);
  writer->Uint64(number);
}

void Member(Writer* writer, const char* key, const std::string& text) {
  writer->Key(key);
  writer->String(text.c_str(), static_cast<rapidjson::SizeType>(text.size()));
}

void PrintStatsJson(const Stats& stats) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  Member(&writer, "accepted", stats.ledger.accepted);
  Member(&writer, "delivered", stats.ledger.delivered);
  Member(&writer, "rejected", stats.ledger.rejected);
  Member(&writer, "pending", stats.ledger.pending);
  Member(&writer, "dropped_total", stats.ledger.dropped_total());
  writer.Key("dropped");
  writer.StartObject();
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    Member(&writer, Name(static_cast<DropReason>(i)), stats.ledger.dropped[i]);
  }
  writer.EndObject();
  writer.Key("balanced");
  writer.Bool(stats.ledger.balanced());
  Member(&writer, "dead_letters", stats.dead_letters);
  Member(&writer, "store_bytes", stats.store_bytes);
  writer.EndObject();
  std::printf("%s\n", buffer.GetString());
}

}  // namespace

void PrintStats(const Stats& stats, bool json) {
  if (json) return PrintStatsJson(stats);
  const Ledger& ledger = stats.ledger;
  std::printf("accepted   %llu\ndelivered  %llu\nrejected   %llu\ndropped    %llu\n",
              Print(ledger.accepted), Print(ledger.delivered), Print(ledger.rejected),
              Print(ledger.dropped_total()));
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (ledger.dropped[i] == 0) continue;
    std::printf("  %-14s %llu\n", Name(static_cast<DropReason>(i)), Print(ledger.dropped[i]));
  }
  std::printf("pending    %llu\nledger     %s\ndead letters kept %llu\nstore bytes %llu\n",
              Print(ledger.pending), ledger.balanced() ? "balanced" : "NOT BALANCED",
              Print(stats.dead_letters), Print(stats.store_bytes));
}

void PrintDeadLetter(const DeadLetter& letter, bool json) {
  if (!json) {
    std::printf("%lld  %s  %s  HTTP %d  %s\n", static_cast<long long>(letter.id),
                Printable(letter.event_id).c_str(), Printable(letter.event_name).c_str(),
                letter.http_status, Printable(letter.message).c_str());
    return;
  }
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  Member(&writer, "id", static_cast<std::uint64_t>(letter.id));
  Member(&writer, "event_id", letter.event_id);
  Member(&writer, "event_name", letter.event_name);
  Member(&writer, "http_status", static_cast<std::uint64_t>(letter.http_status));
  Member(&writer, "message", letter.message);
  Member(&writer, "body", letter.body);
  writer.EndObject();
  std::printf("%s\n", buffer.GetString());
}

void PrintPurge(const PurgeResult& purged) {
  std::printf("purged: %llu in memory, %llu stored, %llu in flight, %llu dead letters\n",
              Print(purged.in_memory), Print(purged.stored), Print(purged.in_flight),
              Print(purged.dead_letters));
}

}  // namespace cli
