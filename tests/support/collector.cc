#include "tests/support/collector.h"

#include <gtest/gtest.h>
#include <httplib.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/tcp.h"

namespace embeddables::test {
namespace {

std::string Json(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

ReceivedEvent Parse(const std::string& line) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseFullPrecisionFlag>(line.data(), line.size());
  EXPECT_FALSE(document.HasParseError()) << line;
  ReceivedEvent event;
  event.event_id = document["event_id"].GetString();
  event.name = document["name"].GetString();
  event.timestamp = document["timestamp"].GetString();
  event.project_id = document["project_id"].GetString();
  event.embeddable_id = document["embeddable_id"].GetString();
  event.props = Json(document["props"]);
  event.identifier_key = document["identifier"]["key"].GetString();
  event.identifier_value = Json(document["identifier"]["value"]);
  const auto number = document["props"].FindMember("n");
  if (number != document["props"].MemberEnd() && number->value.IsInt64()) {
    event.number = number->value.GetInt64();
  }
  return event;
}

httplib::Client MakeClient(const std::string& url) {
  httplib::Client client(url);
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  client.enable_server_certificate_verification(false);
#endif
  client.set_read_timeout(std::chrono::seconds(60));
  return client;
}

}  // namespace

Collector::Collector(const std::vector<std::string>& arguments, int port) {
  // Once it is killed, no other test's server may get what is still sent to it.
  const int reserved = port != 0 ? port : ReservePort();
  std::vector<std::string> all = {Binary("embeddables-collector"), "--quiet", "--port",
                                  std::to_string(reserved)};
  all.insert(all.end(), arguments.begin(), arguments.end());
  process_ = std::make_unique<Process>(all);
  const std::string line = process_->ReadLine();  // "listening on http://127.0.0.1:PORT"
  url_ = line.substr(line.rfind(' ') + 1);
  // GoogleTest ends a test that throws; one that went on would talk to nobody.
  if (url_.find("://") == std::string::npos) throw std::runtime_error("no collector: " + line);
}

Collector::~Collector() {
  process_->Signal(SIGTERM);
  process_->Wait();
}

int Collector::port() const { return std::stoi(url_.substr(url_.rfind(':') + 1)); }

std::string Collector::Get(const std::string& path) {
  httplib::Client client = MakeClient(url_);
  const auto result = client.Get(path.c_str());
  EXPECT_TRUE(result) << path;
  return result ? result->body : std::string();
}

void Collector::Post(const std::string& path, const std::string& body) {
  httplib::Client client = MakeClient(url_);
  const auto result = client.Post(path.c_str(), body, "application/json");
  ASSERT_TRUE(result) << path;
  ASSERT_EQ(result->status, 200) << result->body;
}

void Collector::SetFaults(const std::string& json) { Post("/_faults", json); }
void Collector::Reset() { Post("/_reset", ""); }

std::vector<ReceivedEvent> Collector::Received() {
  std::istringstream lines(ReceivedText());
  std::vector<ReceivedEvent> events;
  for (std::string line; std::getline(lines, line);) events.push_back(Parse(line));
  return events;
}

std::uint64_t Collector::CountReceived() {
  rapidjson::Document document;
  document.Parse(Get("/_stats").c_str());
  return document["events"].GetUint64();
}

std::map<int, std::uint64_t> Collector::Answers() {
  rapidjson::Document document;
  document.Parse(Get("/_stats").c_str());
  std::map<int, std::uint64_t> answers;
  for (const auto& each : document["answers"].GetObject()) {
    answers[std::atoi(each.name.GetString())] = each.value.GetUint64();
  }
  return answers;
}

}  // namespace embeddables::test
