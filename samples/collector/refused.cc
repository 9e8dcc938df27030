#include "samples/collector/refused.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "samples/collector/received.h"

namespace collector {
namespace {

constexpr std::string_view kInstead = "(key)";

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string Without(std::string text, const std::string& key) {
  if (key.empty()) return text;
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at)) {
    text.replace(at, key.size(), kInstead);
    at += kInstead.size();
  }
  return text;
}

bool IsOfKey(char c) { return IsAlphanumeric(c) || c == '_' || c == '-'; }

// Every word that looks like a key.
std::string WithoutKeys(std::string text) {
  constexpr std::string_view kBegin = "rk_";
  for (std::size_t at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at)) {
    std::size_t end = at + kBegin.size();
    while (end < text.size() && IsOfKey(text[end])) ++end;
    const bool begins = at == 0 || !IsAlphanumeric(text[at - 1]);
    if (begins) text.replace(at, end - at, kInstead);
    at = begins ? at + kInstead.size() : end;
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

// Somebody may put the key where it does not belong; its first half at the cut would stay, so that
// it goes first. A long text is not searched to its end.
std::string WithoutSecrets(const std::string& text, const std::string& key, std::size_t most) {
  return WithoutKeys(Without(text.substr(0, most + key.size()), key)).substr(0, most);
}

void Refused::Add(const std::string& path, const EventRequest& request, const Answer& answer) {
  std::string line =
      "{\"arrived\":" + Quoted(Now()) + ",\"status\":" + std::to_string(answer.status) +
      ",\"code\":" + Quoted(answer.code) + ",\"rule\":" + Quoted(answer.message) +
      ",\"path\":" + Quoted(Shown(WithoutSecrets(path, request.api_key, kBodyBytes))) +
      ",\"body\":" + Quoted(Shown(WithoutSecrets(request.body, request.api_key, kBodyBytes))) + "}";
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
