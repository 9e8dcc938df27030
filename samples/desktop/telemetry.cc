#include "telemetry.h"

#include <QtGlobal>
#include <chrono>
#include <cstdio>
#include <utility>

namespace desktop {

using namespace embeddables;
using namespace std::chrono_literals;

namespace {

// Start reads no_proxy, and nothing of the agent reads the environment afterwards.
class WithoutProxy {
 public:
  explicit WithoutProxy(bool wanted) : wanted_(wanted), before_(qgetenv("no_proxy")) {
    if (wanted_) qputenv("no_proxy", "*");
  }
  ~WithoutProxy() {
    if (!wanted_) return;
    if (before_.isNull()) {
      qunsetenv("no_proxy");
    } else {
      qputenv("no_proxy", before_);
    }
  }

 private:
  const bool wanted_;
  const QByteArray before_;
};

// With EMBEDDABLES_DEBUG=1 each request and answer is shown on standard error; never the key, nor
// whose events they are.
void ShowIfWanted(Config* config) {
  if (qgetenv("EMBEDDABLES_DEBUG") != "1") return;
  config->log_level = LogLevel::kDebug;
  config->on_log = [](const LogLine& line) { std::fprintf(stderr, "%s\n", line.text); };
}

QString Events(std::uint64_t count) {
  return count == 1 ? QString("1 event") : QString("%1 events").arg(count);
}

QString Waiting(WaitingFor waiting_for) {
  switch (waiting_for) {
    case WaitingFor::kNothing:
      return "being sent";
    case WaitingFor::kConsent:
      return "kept here until you have answered";
    case WaitingFor::kIdentity:
      return "kept here until somebody signs in";
    case WaitingFor::kOffline:
      return "kept here: there is no network";
    case WaitingFor::kPaused:
      return "kept here while the computer sleeps";
    case WaitingFor::kBackoff:
    case WaitingFor::kBreaker:
      return "kept here: the server cannot be reached";
    case WaitingFor::kCredentials:
      return "kept here: the server does not accept this program";
    case WaitingFor::kOtherProcess:
      return "sent by another instance of this program";
    case WaitingFor::kStore:
      return "kept in memory: the disk cannot be used";
    case WaitingFor::kUnknownUser:
      return "kept here: the server does not know who you are yet";
    case WaitingFor::kServer:
      return "kept here: the server asks us to wait";
  }
  return {};
}

}  // namespace

Telemetry::Telemetry(std::string base_url, std::string store)
    : base_url_(std::move(base_url)), store_(std::move(store)) {}

bool Telemetry::Start(const Settings& settings) {
  End();
  Config config;
  config.project_id = "pr_try";
  config.embeddable_id = "flow_try";
  // A shipped program has a relay's address here and no key: see ../guides/relay.md.
  config.api_key = "rk_try";
  config.base_url = base_url_;
  config.store_path = store_;
  config.proxy = settings.ProxyFor(base_url_);
  config.consent_policy = ConsentPolicy::kRequired;
  config.memory_fallback = true;
  ShowIfWanted(&config);
  const WithoutProxy without(settings.proxy == Settings::Proxy::kNone);
  const Status started = Agent::Start(config, &agent_);
  if (!started.ok()) {
    agent_ = nullptr;
    trouble_ = started.message();
    return false;
  }
  // Where people sign in, this is the place for it, after a Reset.
  agent_->Identify("email", "person@example.com");
  return true;
}

Consent Telemetry::consent() const {
  return agent_ == nullptr ? Consent::kUnknown : agent_->GetConsent();
}

bool Telemetry::MustAsk() const {
  return agent_ != nullptr && consent() == Consent::kUnknown &&
         agent_->GetStats().waiting_for != WaitingFor::kStore;
}

void Telemetry::Agree() {
  if (agent_ != nullptr) agent_->SetConsent(Consent::kGiven);
}

QString Telemetry::Deny() {
  if (agent_ == nullptr) return {};
  PurgeResult purged;
  const Status status = agent_->SetConsent(Consent::kDenied, &purged, 5s);
  if (!status.ok()) return QString("Nothing is sent any more, but: %1").arg(status.message());
  const std::uint64_t erased = purged.in_memory + purged.stored + purged.dead_letters;
  QString said = QString("%1 erased here.").arg(Events(erased));
  if (purged.in_flight > 0) said += QString(" %1 may have left.").arg(Events(purged.in_flight));
  return said;
}

void Telemetry::DocumentOpened() { Track("document_opened"); }

void Telemetry::DocumentExported(const char* format, int pages) {
  const Prop props[] = {Dimension("format", format), Metric("pages", pages)};
  Track("document_exported", props);
}

void Telemetry::Track(const char* name, Props props) {
  if (agent_ == nullptr || consent() == Consent::kDenied) return;
  const Status status = agent_->Track(name, props);
  if (!status.ok()) std::fprintf(stderr, "telemetry: %s\n", status.message());
}

void Telemetry::Sleep() {
  if (agent_ != nullptr) agent_->Suspend(500ms);
}

void Telemetry::Wake() {
  if (agent_ != nullptr) agent_->Resume();
}

void Telemetry::End() {
  if (agent_ == nullptr) return;
  const Status status = agent_->Shutdown(2s);
  if (!status.ok()) std::fprintf(stderr, "telemetry: %s\n", status.message());
  agent_ = nullptr;
  trouble_ = "it has ended";
}

QString Telemetry::Words() const {
  if (agent_ == nullptr) return QString("Telemetry is off: %1").arg(trouble_.c_str());
  if (consent() == Consent::kDenied) return "You said no: nothing is collected.";
  const Stats stats = agent_->GetStats();
  if (stats.ledger.pending == 0) {
    return QString("%1 sent, none waiting.").arg(Events(stats.ledger.delivered));
  }
  QString words = QString("%1 sent, %2 %3")
                      .arg(Events(stats.ledger.delivered))
                      .arg(stats.ledger.pending)
                      .arg(Waiting(stats.reason.waiting_for));
  if (stats.reason.words[0] != '\0') words += QString(" (%1)").arg(stats.reason.words);
  const auto next = std::chrono::ceil<std::chrono::seconds>(stats.reason.next_try);
  if (next > 0s) words += QString(", next try in %1 s").arg(next.count());
  return words + '.';
}

}  // namespace desktop
