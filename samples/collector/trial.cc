#include "samples/collector/trial.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include "samples/collector/collector.h"
#include "samples/collector/listener.h"

namespace collector {

struct Trial::Server {
  Server(const Options& options, Received* received, Collector::Observer observer)
      : collector(options, received, std::move(observer)), listener(options, &collector) {}
  ~Server() {
    if (!thread.joinable()) return;
    listener.Stop();
    thread.join();
  }

  Collector collector;
  Listener listener;
  std::thread thread;
};

Trial::Trial(const std::string& name, const std::vector<std::string>& command)
    : command_(command), folder_(NewFolder(name)) {
  options_.port = 0;
  options_.quiet = true;
  options_.api_key = "rk_check_" + std::to_string(std::random_device{}());
  StartServer();
}

Trial::~Trial() {
  agent_.reset();
  server_.reset();
  std::error_code ignored;
  if (!keep_) std::filesystem::remove_all(std::filesystem::u8path(folder_), ignored);
}

void Trial::StartServer() {
  server_ = std::make_unique<Server>(options_, &received_, [this](const Exchange& exchange) {
    const std::lock_guard<std::mutex> lock(mutex_);
    exchanges_.push_back(exchange);
    changed_.notify_all();
  });
  std::string error;
  if (!server_->listener.Bind(&error)) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return;
  }
  options_.port = server_->listener.port();
  url_ = server_->listener.url();
  server_->thread = std::thread([listener = &server_->listener] { listener->Run(); });
}

void Trial::StopServer() { server_.reset(); }

void Trial::SetFaults(const std::string& json) {
  std::string error;
  if (!server_->collector.SetFaults(json, &error)) std::fprintf(stderr, "%s\n", error.c_str());
}

// The caller's own settings of an agent would be another agent's. What a command that is killed
// leaves behind goes with the folder.
std::vector<std::string> Trial::Environment() const {
  std::vector<std::string> begins = {"EMBEDDABLES_"}, all;
  for (const std::string& name : TemporaryVariables()) {
    begins.push_back(name + "=");
    all.push_back(begins.back() + folder_);
  }
  for (const std::string& variable : OwnEnvironment()) {
    const auto is_own = [&variable](const auto& begin) { return variable.rfind(begin, 0) == 0; };
    if (std::none_of(begins.begin(), begins.end(), is_own)) all.push_back(variable);
  }
  all.push_back("EMBEDDABLES_BASE_URL=" + url_);
  all.push_back("EMBEDDABLES_API_KEY=" + options_.api_key);
  all.push_back("EMBEDDABLES_STORE=" + folder_ + "/events.db");
  all.emplace_back("EMBEDDABLES_PROJECT=pr_check");
  all.emplace_back("EMBEDDABLES_EMBEDDABLE=flow_check");
  all.emplace_back("EMBEDDABLES_IDENTIFIER=email=check@example.com");
  return all;
}

void Trial::StartAgent(const std::vector<Given>& events) {
  const std::string input = folder_ + "/input";
  std::ofstream lines(std::filesystem::u8path(input), std::ios::binary);
  for (const Given& each : events) {
    lines << "{\"name\":" << Quoted(each.name) << ",\"props\":" << each.props << "}\n";
  }
  lines.close();
  agent_ = std::make_unique<Command>();
  const bool runs = agent_->Start(command_, Environment(), input, folder_ + "/output");
  exit_ = runs ? kStillRuns : kNotFound;
}

void Trial::KillAgent() const {
  if (agent_ != nullptr) agent_->Kill();
}

bool Trial::HasEnded() {
  return exit_ != kStillRuns || (agent_ != nullptr && agent_->HasEnded(&exit_));
}

int Trial::AwaitExit(Seconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!HasEnded() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return exit_;
}

bool Trial::Await(Seconds patience, const IsThere& enough) {
  const auto end = std::chrono::steady_clock::now() + patience;
  const auto is_there = [this, &enough] { return enough(exchanges_); };
  for (;;) {
    const bool last = HasEnded() || std::chrono::steady_clock::now() >= end;
    std::unique_lock<std::mutex> lock(mutex_);
    if (changed_.wait_for(lock, std::chrono::milliseconds(last ? 0 : 20), is_there)) return true;
    if (last) return false;
  }
}

bool Trial::AwaitRequests(std::size_t count, Seconds patience) {
  return Await(patience, [count](const auto& all) { return all.size() >= count; });
}

std::vector<Exchange> Trial::exchanges() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return exchanges_;
}

std::string Trial::Printed() const {
  std::ostringstream text;
  text << std::ifstream(std::filesystem::u8path(folder_ + "/output")).rdbuf();
  return text.str();
}

}  // namespace collector
