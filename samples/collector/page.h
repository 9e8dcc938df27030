// The live page: its files, and the stream of what happens.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_PAGE_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_PAGE_H_

#include <httplib.h>

#include <functional>
#include <string>
#include <string_view>

#include "samples/collector/live.h"

namespace collector {

// Made by the build of the files in page/.
struct PageFile {
  std::string_view name, text;
};
extern const PageFile kPageFiles[];
extern const int kPageFileCount;

class Page {
 public:
  using Json = std::function<std::string()>;

  // `about` is told once to each page, `counts` with each batch of entries.
  Page(Live* live, Json about, Json counts)
      : live_(live), about_(std::move(about)), counts_(std::move(counts)) {}

  // One of the files. False: there is none of this name.
  static bool Serve(const std::string& name, httplib::Response* response);
  // Server-sent events. A page that comes back, with the id that it got last, goes on from there.
  void Stream(const std::string& last_id, httplib::Response* response) const;

 private:
  std::string Hello(std::uint64_t position) const;

  Live* live_;
  Json about_, counts_;
};

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_PAGE_H_
