#include "samples/cli/options.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "samples/cli/explain.h"
#include "samples/cli/key.h"
#include "samples/cli/print.h"
#include "samples/cli/system.h"

namespace cli {

using embeddables::Agent;
using embeddables::Config;
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

constexpr char kConsentRequired[] = "--consent-required";
constexpr char kNoConsentRequired[] = "--no-consent-required";

std::string AddHeader(const std::string& header, Config* config) {
  const std::size_t colon = header.find(':');
  if (colon == std::string::npos) return "\"" + header + "\" is not like NAME: VALUE";
  const std::size_t value = header.find_first_not_of(' ', colon + 1);
  config->extra_headers.emplace_back(header.substr(0, colon),
                                     value == std::string::npos ? "" : header.substr(value));
  return {};
}

// The store remembers the value: one that is not given stays empty.
std::string Remembered(const std::string& what, const std::string& fresh) {
  return what + "; the store's own if not given, " + fresh + " in a fresh one";
}

// As the option would give it.
std::string InSeconds(std::chrono::milliseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", static_cast<double>(time.count()) / 1000);
  return text;
}

void AddBounds(OptionSet* options, Config* config) {
  options->Number("--max-event-bytes", &config->max_event_bytes, "Refuse a larger event")
      .Preset(std::to_string(config->max_event_bytes));
  options->Number("--max-events", &config->max_events,
                  Remembered("At most so many events in the store", "1000000"));
  options->Number("--max-store-bytes", &config->max_store_bytes,
                  Remembered("At most so many bytes on disk", "64 MiB"));
  options->Number("--min-free-bytes", &config->min_free_bytes,
                  Remembered("Leave so much of the disk to others", "10 MiB"));
  options->Number("--max-dead-letters", &config->max_dead_letters,
                  Remembered("Keep so many rejected events", "1000"));
  options->Seconds("--max-age", &config->max_age,
                   Remembered("Drop older events; whole hours", "90 days"));
  options->Seconds("--unidentified-max-age", &config->unidentified_max_age,
                   Remembered("Drop events that nobody was identified for; whole hours", "7 days"));
  options->Seconds(
      "--unknown-user-max-age", &config->unknown_user_max_age,
      Remembered("Give up events of a person whom the server does not know; whole hours",
                 "24 hours"));
}

void AddConsentPolicy(OptionSet* options, Settings* settings) {
  options->Flag(kConsentRequired, &settings->consent_required,
                "Send nothing before consent is given; the store remembers it for all that say "
                "nothing");
  options
      ->Flag(kNoConsentRequired, &settings->no_consent_required,
             "Ends that: send without being given consent")
      .NoVariable();
}

// With what holds without it.
void AddTime(OptionSet* options, const char* option, std::chrono::milliseconds* value,
             const char* what) {
  options->Seconds(option, value, what).Preset(InSeconds(*value));
}
void AddCount(OptionSet* options, const char* option, std::uint32_t* value, const char* what) {
  options->Number(option, value, what).Preset(std::to_string(*value));
}

void AddPace(OptionSet* options, Config* config) {
  AddTime(options, "--persist-interval", &config->persist_interval,
          "How much a power cut may take of a running --stdin");
  AddTime(options, "--flush-interval", &config->flush_interval,
          "Send events that have waited so long");
  AddCount(options, "--batch-events", &config->batch_events, "Or when so many wait");
  AddCount(options, "--max-in-flight", &config->max_in_flight, "Requests at once");
  AddTime(options, "--backoff-initial", &config->backoff_initial, "First retry after about");
  AddTime(options, "--backoff-max", &config->backoff_max, "Later ones at most after");
  AddTime(options, "--connect-timeout", &config->connect_timeout, "For a connection");
  AddTime(options, "--request-timeout", &config->request_timeout, "For a whole request");
}

}  // namespace

// The library would tell of an empty text what it must begin with.
std::string WhatIsNotSet(const Config& config) {
  const bool nowhere = config.project_id.empty() || config.embeddable_id.empty();
  if (config.store_only) {
    return config.store_path.empty() && nowhere
               ? "the store is not set: give --store, EMBEDDABLES_STORE or store in a "
                 "configuration "
                 "file; or project and embeddable, which choose one"
               : "";
  }
  if (config.project_id.empty()) {
    return "the project is not set: give --project pr_..., EMBEDDABLES_PROJECT or project in a "
           "configuration file";
  }
  if (config.embeddable_id.empty()) {
    return "the embeddable is not set: give --embeddable flow_..., EMBEDDABLES_EMBEDDABLE or "
           "embeddable in a configuration file";
  }
  if (config.api_key.empty() && config.base_url == Config().base_url) {
    return "the API key is not set: give EMBEDDABLES_API_KEY, or a file that holds it, with "
           "--key-file, EMBEDDABLES_KEY_FILE or key-file in a configuration file";
  }
  return {};
}

void AddPlaceOptions(OptionSet* options, Settings* settings) {
  Config& config = settings->config;
  options->File("--config", &settings->config_file,
                std::string("Read this configuration file alone; default: ") + kConfigFiles);
  options->File("--store", &config.store_path,
                "The store's file; default: by project and embeddable in the state directory");
  options->Text("--project", &config.project_id, "Project id, pr_...");
  options->Text("--embeddable", &config.embeddable_id, "Embeddable id, flow_...");
}

void AddEventIdKey(OptionSet* options, Settings* settings) {
  std::string* key = &settings->config.event_id_key;
  options->Text("--event-id-key", key, "The prop that carries the event id").Preset(*key);
}

void AddOpenOptions(OptionSet* options, Settings* settings) {
  Config& config = settings->config;
  AddPlaceOptions(options, settings);
  options
      ->Add(
          "--crash-safe-intake", "BOOLEAN",
          "Keep events that are not stored yet in memory that outlives this process",
          [&config](const std::string& text) { return ReadBool(text, &config.crash_safe_intake); })
      .Preset("true");
}

void AddStoreOptions(OptionSet* options, Settings* settings) {
  AddOpenOptions(options, settings);
  AddEventIdKey(options, settings);
  AddBounds(options, &settings->config);
}

void AddTimeout(OptionSet* options, Settings* settings, const std::string& what) {
  options->Seconds("--timeout", &settings->send_timeout, what).Preset("10");
}

void AddEndpointOptions(OptionSet* options, Settings* settings) {
  Config& config = settings->config;
  options->Text("--base-url", &config.base_url, "Where to send, or your own relay")
      .Preset(config.base_url);
  options->Flag("--allow-plain-http", &config.allow_plain_http, "http to hosts besides loopback");
  options->File("--key-file", &settings->key_file,
                "A file that holds the API key; or the variable EMBEDDABLES_API_KEY");
  options->File("--ca-file", &config.ca_file, "Certificates to trust, PEM");
  options->Text("--pinned-public-key", &config.pinned_public_key,
                "The server's key: sha256//BASE64, more after ';'");
  options->Text("--proxy", &config.proxy, "In libcurl's syntax");
  options
      ->Add("--header", "TEXT", "NAME: VALUE on each request; again for more",
            [&config](const std::string& header) { return AddHeader(header, &config); })
      .Many();
}

void AddSendOptions(OptionSet* options, Settings* settings) {
  AddEndpointOptions(options, settings);
  AddConsentPolicy(options, settings);
  AddTimeout(options, settings, "How long to try sending");
  AddPace(options, &settings->config);
  AddVerboseOptions(options, &settings->verbosity);
}

std::string DecideConsentPolicy(Settings* settings) {
  const Given yes = settings->options->HowGiven(kConsentRequired);
  const Given no = settings->options->HowGiven(kNoConsentRequired);
  if (yes == Given::kNowhere && no == Given::kNowhere) return {};
  if (yes == no && settings->consent_required == settings->no_consent_required) {
    return settings->options->Source(kConsentRequired) + " and " +
           settings->options->Source(kNoConsentRequired) + " contradict each other";
  }
  const bool required = yes >= no ? settings->consent_required : !settings->no_consent_required;
  settings->config.consent_policy =
      required ? embeddables::ConsentPolicy::kRequired : embeddables::ConsentPolicy::kNotRequired;
  return {};
}

void TakeLittleMemory(Config* config) {
  constexpr std::size_t kLeastCrashSafe = 256 * 1024;
  config->intake_bytes = std::max(kLeastCrashSafe, 2 * config->max_event_bytes);
}

std::string Say(const Status& status, const Settings& settings) {
  return Printable(Explain(status.message(), *settings.options));
}

std::unique_ptr<Agent> Start(Settings* settings, int* exit) {
  std::unique_ptr<Agent> agent;
  const bool has_key = settings->config.store_only || ReadKey(settings);
  const std::string missing = has_key ? WhatIsNotSet(settings->config) : "";
  if (!missing.empty()) std::fprintf(stderr, "%s\n", missing.c_str());
  if (!has_key || !missing.empty()) {
    *exit = kUsage;
    return nullptr;
  }
  const Status status = Agent::Start(settings->config, &agent);
  if (status.ok()) return agent;
  std::fprintf(stderr, "%s\n", Say(status, *settings).c_str());
  *exit = status.code() == StatusCode::kInvalidArgument ? kUsage : ExitFor(status);
  return nullptr;
}

}  // namespace cli
