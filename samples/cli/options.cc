#include "samples/cli/options.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace cli {

using embeddables::Agent;
using embeddables::Status;
using embeddables::StatusCode;

int ExitFor(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return kDone;
    case StatusCode::kInvalidArgument:
    case StatusCode::kConsentDenied:
    case StatusCode::kNotFound:
      return kRefused;
    case StatusCode::kStoreUnusable:
    case StatusCode::kOutOfMemory:
      return kStore;
    case StatusCode::kCredentials:
      return kCredentials;
    case StatusCode::kQueueFull:
    case StatusCode::kNotRunning:
    case StatusCode::kDeadlineExceeded:
    case StatusCode::kUnavailable:
      return kPending;
  }
  return kStore;
}

namespace {

// EMBEDDABLES_MAX_EVENTS for --max-events.
std::string VariableFor(const std::string& option) {
  std::string name = "EMBEDDABLES_" + option.substr(2);
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

template <class T>
CLI::Option* Add(CLI::App* app, const std::string& option, T* value, const std::string& what) {
  return app->add_option(option, *value, what)->envname(VariableFor(option));
}

// A duration in seconds, with decimals.
template <class Duration>
void AddSeconds(CLI::App* app, const std::string& option, Duration* value, const char* what) {
  const auto set = [value](const double& seconds) {
    *value = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  };
  app->add_option_function<double>(option, set, what)
      ->type_name("SECONDS")
      ->envname(VariableFor(option))
      ->check(CLI::Range(0.0, 1e9))
      ->default_str(CLI::detail::to_string(std::chrono::duration<double>(*value).count()));
}

void AddHeaders(const std::vector<std::string>& all, embeddables::Config* config) {
  for (const std::string& header : all) {
    const std::size_t colon = header.find(':');
    if (colon == std::string::npos) throw CLI::ValidationError("--header", "not like NAME: VALUE");
    const std::size_t value = header.find_first_not_of(' ', colon + 1);
    config->extra_headers.emplace_back(header.substr(0, colon),
                                       value == std::string::npos ? "" : header.substr(value));
  }
}

void AddBounds(CLI::App* app, embeddables::Config* config) {
  Add(app, "--max-events", &config->max_events, "At most so many events in the store");
  Add(app, "--max-store-bytes", &config->max_store_bytes, "At most so many bytes on disk");
  Add(app, "--min-free-bytes", &config->min_free_bytes, "Leave so much of the disk to others");
  Add(app, "--max-event-bytes", &config->max_event_bytes, "Refuse a larger event");
  Add(app, "--max-dead-letters", &config->max_dead_letters, "Keep so many rejected events");
  AddSeconds(app, "--max-age", &config->max_age, "Drop older events");
  AddSeconds(app, "--unidentified-max-age", &config->unidentified_max_age,
             "Drop events that nobody was identified for");
}

void AddPace(CLI::App* app, embeddables::Config* config) {
  AddSeconds(app, "--persist-interval", &config->persist_interval,
             "How much a power cut may take of a running --stdin");
  AddSeconds(app, "--flush-interval", &config->flush_interval,
             "Send events that have waited so long");
  Add(app, "--batch-events", &config->batch_events, "Or when so many wait");
  Add(app, "--max-in-flight", &config->max_in_flight, "Requests at once");
  AddSeconds(app, "--backoff-initial", &config->backoff_initial, "First retry after about");
  AddSeconds(app, "--backoff-max", &config->backoff_max, "Later ones at most after");
  AddSeconds(app, "--connect-timeout", &config->connect_timeout, "For a connection");
  AddSeconds(app, "--request-timeout", &config->request_timeout, "For a whole request");
}

}  // namespace

void AddStoreOptions(CLI::App* app, Settings* settings) {
  auto& config = settings->config;
  Add(app, "--store", &config.store_path,
      "The store's file; default: by project and embeddable in the state directory");
  Add(app, "--project", &config.project_id, "Project id, pr_...");
  Add(app, "--embeddable", &config.embeddable_id, "Embeddable id, flow_...");
  Add(app, "--event-id-key", &config.event_id_key, "The prop that carries the event id")
      ->capture_default_str();
  Add(app, "--crash-safe-intake", &config.crash_safe_intake,
      "Keep events that are not stored yet in memory that outlives this process")
      ->capture_default_str();
  AddBounds(app, &config);
}

void AddSendOptions(CLI::App* app, Settings* settings) {
  auto& config = settings->config;
  Add(app, "--base-url", &config.base_url, "Where to send, or your own relay")
      ->capture_default_str();
  app->add_flag("--allow-plain-http", config.allow_plain_http, "http to hosts besides loopback")
      ->envname("EMBEDDABLES_ALLOW_PLAIN_HTTP");
  Add(app, "--key-file", &settings->key_file,
      "A file that holds the API key; or the variable EMBEDDABLES_API_KEY");
  Add(app, "--ca-file", &config.ca_file, "Certificates to trust, PEM");
  Add(app, "--pinned-public-key", &config.pinned_public_key,
      "The server's key: sha256//BASE64, more after ';'");
  Add(app, "--proxy", &config.proxy, "In libcurl's syntax");
  app->add_option_function<std::vector<std::string>>(
         "--header", [&config](const std::vector<std::string>& all) { AddHeaders(all, &config); },
         "NAME: VALUE on each request; again for more")
      ->allow_extra_args(false)
      ->envname("EMBEDDABLES_HEADER");
  app->add_flag("--consent-required", config.consent_required, "Send nothing before consent given")
      ->envname("EMBEDDABLES_CONSENT_REQUIRED");
  Add(app, "--timeout", &settings->timeout_s, "Seconds to try sending")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  AddPace(app, &config);
  AddVerboseOptions(app, &settings->verbosity);
}

bool ReadKey(Settings* settings) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is started
  const char* key = std::getenv("EMBEDDABLES_API_KEY");
  if (key != nullptr) settings->config.api_key = key;
  if (settings->key_file.empty()) return true;
  std::ifstream file(settings->key_file);
  if (!std::getline(file, settings->config.api_key)) {
    std::fprintf(stderr, "no key can be read from %s\n", settings->key_file.c_str());
    return false;
  }
  std::string& text = settings->config.api_key;
  text.erase(text.find_last_not_of(" \t\r") + 1);
  return true;
}

std::unique_ptr<Agent> Start(const embeddables::Config& config, int* exit) {
  std::unique_ptr<Agent> agent;
  const Status status = Agent::Start(config, &agent);
  if (status.ok()) return agent;
  std::fprintf(stderr, "%s\n", status.message());
  *exit = status.code() == StatusCode::kInvalidArgument ? kUsage : ExitFor(status);
  return nullptr;
}

}  // namespace cli
