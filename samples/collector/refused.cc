#include "samples/collector/refused.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "samples/collector/received.h"

namespace collector {
namespace {

// Somebody may put the key where it does not belong.
std::string WithoutKey(std::string text, const std::string& key) {
  constexpr std::string_view kInstead = "(key)";
  if (key.empty()) return text;
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at)) {
    text.replace(at, key.size(), kInstead);
    at += kInstead.size();
  }
  return text;
}

// What is no ASCII may be no UTF-8 either, and would make the line no JSON.
std::string Shown(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return text;
}

}  // namespace

void Refused::Add(const std::string& path, const EventRequest& request, const Answer& answer) {
  // The key first: its first half at the cut would stay. A long body is not searched to its end.
  std::string body = request.body.substr(0, kBodyBytes + request.api_key.size());
  body = WithoutKey(std::move(body), request.api_key).substr(0, kBodyBytes);
  std::string line = "{\"arrived\":" + Quoted(Now()) +
                     ",\"status\":" + std::to_string(answer.status) +
                     ",\"code\":" + Quoted(answer.code) + ",\"rule\":" + Quoted(answer.message) +
                     ",\"path\":" + Quoted(Shown(WithoutKey(path, request.api_key))) +
                     ",\"body\":" + Quoted(Shown(std::move(body))) + "}";
  const std::lock_guard<std::mutex> lock(mutex_);
  lines_.push_back(std::move(line));
  if (lines_.size() > kMost) lines_.pop_front();
}

void Refused::Reset() {
  const std::lock_guard<std::mutex> lock(mutex_);
  lines_.clear();
}

std::string Refused::Lines() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string all;
  for (const std::string& line : lines_) all += line + "\n";
  return all;
}

}  // namespace collector
