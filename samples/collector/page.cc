#include "samples/collector/page.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

#include "samples/collector/contract.h"

namespace collector {
namespace {

struct Type {
  std::string_view end, type;
};

constexpr Type kTypes[] = {{".html", "text/html; charset=utf-8"},
                           {".css", "text/css; charset=utf-8"},
                           {".js", "text/javascript; charset=utf-8"},
                           {".svg", "image/svg+xml"}};

std::string_view TypeOf(std::string_view name) {
  for (const Type& each : kTypes) {
    if (name.size() > each.end.size() && name.substr(name.size() - each.end.size()) == each.end) {
      return each.type;
    }
  }
  return "application/octet-stream";
}

// Nothing but the collector's own files runs in the page, or is asked for by it, and no other page
// may show it in a frame.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

bool Page::Serve(const std::string& name, httplib::Response* response) {
  for (int i = 0; i < kPageFileCount; ++i) {
    const PageFile& file = kPageFiles[i];
    if (file.name != name) continue;
    response->set_header("Content-Security-Policy", kPolicy);
    response->set_header("Cache-Control", "no-store");
    response->set_content(file.text.data(), file.text.size(), std::string(TypeOf(name)));
    return true;
  }
  return false;
}

std::string Page::Hello(std::uint64_t position) const {
  return "event: hello\ndata: {\"fresh\":" + std::string(position == 0 ? "true" : "false") +
         ",\"most\":" + std::to_string(Live::kMost) + ",\"about\":" + about_() +
         ",\"counts\":" + counts_() + "}\n\n";
}

void Page::Stream(const std::string& last_id, httplib::Response* response) const {
  if (!live_->Enter()) {
    response->status = 503;
    response->set_content("too many pages are open\n", "text/plain");
    return;
  }
  response->set_header("Cache-Control", "no-store");
  auto position = std::make_shared<std::uint64_t>(live_->Position(last_id));
  auto greeted = std::make_shared<bool>(false);
  const auto next = [this, position, greeted](std::size_t, httplib::DataSink& sink) {
    constexpr std::chrono::milliseconds kTogether(50);  // what comes at once is shown at once
    constexpr std::chrono::seconds kSignOfLife(5);      // a page that is gone is noticed
    if (!*greeted) {
      *greeted = true;
      const std::string hello = Hello(*position);
      return sink.write(hello.data(), hello.size());
    }
    const std::string entries = live_->Next(position.get(), kSignOfLife);
    if (live_->closed()) {
      sink.done();
      return false;
    }
    const std::string message = entries.empty()
                                    ? ":\n\n"
                                    : "id: " + live_->Id(*position) + "\ndata: {\"entries\":[" +
                                          entries + "],\"counts\":" + counts_() + "}\n\n";
    if (!sink.write(message.data(), message.size())) return false;
    if (!entries.empty()) std::this_thread::sleep_for(kTogether);
    return true;
  };
  response->set_chunked_content_provider("text/event-stream", next,
                                         [this](bool) { live_->Leave(); });
}

}  // namespace collector
