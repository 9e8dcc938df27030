#include "samples/cli/explain.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdio>

#include "samples/cli/key.h"

namespace cli {
namespace {

struct Field {
  const char* name;
  const char* option;
  double seconds;  // in one of what the library counts; 0: it is no time
};

constexpr double kMillisecond = 0.001, kHour = 3600;
constexpr Field kFields[] = {
    {"project_id", "--project", 0},
    {"embeddable_id", "--embeddable", 0},
    {"base_url", "--base-url", 0},
    {"allow_plain_http", "--allow-plain-http", 0},
    {"extra_headers", "--header", 0},
    {"proxy", "--proxy", 0},
    {"ca_file", "--ca-file", 0},
    {"pinned_public_key", "--pinned-public-key", 0},
    {"connect_timeout", "--connect-timeout", kMillisecond},
    {"request_timeout", "--request-timeout", kMillisecond},
    {"store_path", "--store", 0},
    {"event_id_key", "--event-id-key", 0},
    {"max_event_bytes", "--max-event-bytes", 0},
    {"max_events", "--max-events", 0},
    {"max_store_bytes", "--max-store-bytes", 0},
    {"min_free_bytes", "--min-free-bytes", 0},
    {"max_dead_letters", "--max-dead-letters", 0},
    {"crash_safe_intake", "--crash-safe-intake", 0},
    {"max_age", "--max-age", kHour},
    {"unidentified_max_age", "--unidentified-max-age", kHour},
    {"unknown_user_max_age", "--unknown-user-max-age", kHour},
    {"persist_interval", "--persist-interval", kMillisecond},
    {"flush_interval", "--flush-interval", kMillisecond},
    {"batch_events", "--batch-events", 0},
    {"max_in_flight", "--max-in-flight", 0},
    {"backoff_initial", "--backoff-initial", kMillisecond},
    {"backoff_max", "--backoff-max", kMillisecond},
};

const Field* FindField(std::string_view name) {
  for (const Field& field : kFields) {
    if (name == field.name) return &field;
  }
  return nullptr;
}

constexpr std::string_view kConfig = "Config::";

// A word of a message: a field's name if it says so, or if it can be nothing else.
std::string Word(std::string_view word, const OptionSet& options) {
  const bool marked = word.substr(0, kConfig.size()) == kConfig;
  const std::string_view name = marked ? word.substr(kConfig.size()) : word;
  if (name == "api_key") return KeySource(options);
  const Field* field = FindField(name);
  const bool plain = !marked && name.find('_') == std::string_view::npos;
  if (field == nullptr || plain) return std::string(name);
  return options.Source(field->option);
}

bool IsOfName(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool IsOfWord(char c) { return IsOfName(c) || c == ':'; }

std::string OptionOf(std::string_view name) {
  const Field* field = FindField(name);
  return field != nullptr ? field->option : std::string(name == "api_key" ? "the API key" : name);
}

// What stands in quotes is the user's own text.
std::string InWordsOf(std::string_view message, const OptionSet& options) {
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < message.size();) {
    std::size_t end = i;
    while (end < message.size() && IsOfWord(message[end])) ++end;
    std::string_view word = message.substr(i, end - i);
    while (!word.empty() && word.back() == ':') word.remove_suffix(1);
    out += quoted ? std::string(word) : Word(word, options);
    i += word.size();
    if (i == message.size()) break;
    quoted = quoted != (message[i] == '"');
    out += message[i++];
  }
  return out;
}

void Replace(std::string* text, std::string_view what, std::string_view with) {
  const std::size_t at = text->find(what);
  if (at != std::string::npos) text->replace(at, what.size(), with);
}

// "max_age must be 1 to 876000", in hours there and in seconds here.
std::string Range(std::string_view range, const OptionSet& options) {
  const Field* field = FindField(range.substr(0, range.find(' ')));
  double least = 0, most = 0;
  const std::string text(range);
  if (field == nullptr || field->seconds == 0 ||
      std::sscanf(text.c_str(), "%*s must be %lf to %lf", &least, &most) != 2) {
    return InWordsOf(range, options);
  }
  char limits[100];
  std::snprintf(limits, sizeof limits, " must be %.15g to %.15g seconds", least * field->seconds,
                most * field->seconds);
  return options.Source(field->option) + limits;
}

}  // namespace

std::string Explain(std::string_view message, const OptionSet& options) {
  constexpr std::string_view kRange = "Config is out of range: ";
  if (message.substr(0, kRange.size()) == kRange) {
    return Range(message.substr(kRange.size()), options);
  }
  std::string out = InWordsOf(message, options);
  Replace(&out, "Metric() and Dimension()", "--metric and --dimension");
  return out;
}

std::string ExplainNews(std::string_view message, const OptionSet* options) {
  std::string out;
  for (;;) {
    const std::size_t at = std::min(message.find(kConfig), message.size());
    out += message.substr(0, at);
    message.remove_prefix(at);
    if (message.empty()) return out;
    std::size_t end = kConfig.size();
    while (end < message.size() && IsOfName(message[end])) ++end;
    const std::string_view word = message.substr(0, end);
    out += options != nullptr ? Word(word, *options) : OptionOf(word.substr(kConfig.size()));
    message.remove_prefix(end);
  }
}

}  // namespace cli
