#include "tests/support/net_namespace.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <sstream>

namespace embeddables::test {

// `cat` ends when its input closes: with this object, or with the test.
NetNamespace::NetNamespace()
    : holder_(std::make_unique<Process>(
          std::vector<std::string>{"unshare", "--net", "sh", "-c", "echo ready && exec cat"})) {
  EXPECT_EQ(holder_->ReadLine(), "ready");
  EXPECT_TRUE(Run("ip link set lo up"));
}

std::vector<std::string> NetNamespace::Inside(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"nsenter", "--net=" + path()});
  return arguments;
}

bool NetNamespace::Run(const std::string& command) const {
  std::istringstream words(command);
  std::vector<std::string> arguments;
  for (std::string word; words >> word;) arguments.push_back(word);
  std::string output;
  if (RunProcess(Inside(arguments), {}, &output) == 0) return true;
  ADD_FAILURE() << command << ": " << output;
  return false;
}

std::string NetNamespace::path() const { return "/proc/" + id() + "/ns/net"; }

Entered::Entered(const NetNamespace& where)
    : before_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  const int there = open(where.path().c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(setns(there, CLONE_NEWNET), 0);
  close(there);
}

Entered::~Entered() {
  EXPECT_EQ(setns(before_, CLONE_NEWNET), 0);
  close(before_);
}

std::string Cable::Missing() {
  if (geteuid() != 0) return "needs root, for network namespaces";
  std::string output;
  if (RunProcess({"unshare", "--net", "ip", "link", "add", "one", "type", "veth", "peer", "two"},
                 {}, &output) != 0) {
    return "no network namespaces or no veth here: " + output;
  }
  return "";
}

Cable::Cable() {
  agent.Run("ip link add cable type veth peer name cable netns " + server.id());
  for (const NetNamespace* side : {&agent, &server}) {
    const std::string address = side == &agent ? "10.77.0.1/24" : "10.77.0.2/24";
    side->Run("ip address add " + address + " dev cable");
    side->Run("ip link set cable up");
  }
}

}  // namespace embeddables::test
