#include "agent/send/letters.h"

#include <cstddef>
#include <string>

#include "agent/base/check.h"
#include "agent/event/event.h"

namespace embeddables {

void DescribeLetters(const Endpoint& endpoint, const std::vector<StoredEvent>& events,
                     std::vector<DeadLetter>* letters) {
  EMB_CHECK(events.size() == letters->size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    Record record;
    if (!DecodeRecord(events[i].record, &record)) continue;
    DeadLetter& letter = (*letters)[i];
    char id[37];
    FormatEventId(record.id, id);
    letter.event_id = id;
    letter.event_name = std::string(record.name);
    letter.body = endpoint
                      .MakeRequest(record, events[i].identifier_key, events[i].identifier_json,
                                   record.wall_ms)
                      .body;
  }
}

}  // namespace embeddables
