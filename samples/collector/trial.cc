#include "samples/collector/trial.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
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
namespace {

constexpr int kNotFound = 127;  // as shells have it

std::string NewFolder(const std::string& name) {
  std::string path = std::filesystem::temp_directory_path() / ("check-" + name + "-XXXXXX");
  return mkdtemp(path.data()) == nullptr ? std::string() : path;
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> all;
  for (std::string& each : *texts) all.push_back(each.data());
  all.push_back(nullptr);
  return all;
}

// With files for its input and output, in a group of its own, so that a shell's children can be
// ended, too. Minus 1: it could not be started.
pid_t Spawn(std::vector<std::string> command, std::vector<std::string> environment,
            const std::string& input, const std::string& output) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t process = -1;
  const int error = posix_spawnp(&process, command[0].c_str(), &files, &attributes,
                                 Pointers(&command).data(), Pointers(&environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return process;
  std::ofstream(output, std::ios::app)
      << command[0] << ": " << std::generic_category().message(error) << "\n";
  return -1;
}

}  // namespace

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
  if (agent_ > 0) {
    SignalAgent(SIGKILL);
    waitpid(agent_, nullptr, 0);
  }
  server_.reset();
  std::error_code ignored;
  if (!keep_) std::filesystem::remove_all(folder_, ignored);
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
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string variable = *each;
    const bool own = variable.rfind("EMBEDDABLES_", 0) == 0 || variable.rfind("TMPDIR=", 0) == 0;
    if (!own) all.push_back(variable);
  }
  all.push_back("TMPDIR=" + folder_);
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
  std::ofstream lines(input);
  for (const Given& each : events) {
    lines << "{\"name\":" << Quoted(each.name) << ",\"props\":" << each.props << "}\n";
  }
  lines.close();
  agent_ = Spawn(command_, Environment(), input, folder_ + "/output");
  exit_ = agent_ < 0 ? kNotFound : kStillRuns;
}

void Trial::SignalAgent(int signal) const {
  if (agent_ > 0) kill(-agent_, signal);
}

bool Trial::HasEnded() {
  int status = 0;
  if (agent_ > 0 && waitpid(agent_, &status, WNOHANG) == agent_) {
    agent_ = -1;
    exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  return exit_ != kStillRuns;
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
  text << std::ifstream(folder_ + "/output").rdbuf();
  return text.str();
}

}  // namespace collector
