#include "samples/cli/report.h"

#include <cstdint>
#include <cstdio>
#include <string>

#include "samples/cli/explain.h"
#include "samples/cli/json.h"
#include "samples/cli/print.h"

namespace cli {

using namespace embeddables;

void PrintDeadLetter(const DeadLetter& letter, bool json) {
  const std::string message = ExplainNews(letter.message, nullptr);
  if (!json) {
    std::printf("%lld  %s  %s  HTTP %d  %s\n", static_cast<long long>(letter.id),
                Printable(letter.event_id).c_str(), Printable(letter.event_name).c_str(),
                letter.http_status, Printable(message).c_str());
    return;
  }
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  Member(&writer, "id", static_cast<std::uint64_t>(letter.id));
  Member(&writer, "event_id", letter.event_id);
  Member(&writer, "event_name", letter.event_name);
  Member(&writer, "http_status", static_cast<std::uint64_t>(letter.http_status));
  Member(&writer, "message", message);
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
