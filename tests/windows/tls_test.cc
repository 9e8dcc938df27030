// Certificates, checked by the system's own TLS. The server is not of this system:
// EMBEDDABLES_TLS_URL says where it is, EMBEDDABLES_TLS_CA which file has its authority, and
// EMBEDDABLES_TLS_OTHER_CA another one.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/support/agent_fixture.h"

namespace embeddables::test {
namespace {

class TlsTest : public AgentTest {
 protected:
  void SetUp() override {
    if (Variable("EMBEDDABLES_TLS_URL").empty()) GTEST_SKIP() << "there is no server with TLS";
    config_.base_url = Variable("EMBEDDABLES_TLS_URL");
  }
  static std::string Variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  }
};

TEST_F(TlsTest, WithTheAuthoritysFileEventsArrive) {
  config_.ca_file = Variable("EMBEDDABLES_TLS_CA");
  Start();
  agent_->Identify("email", "a@b.c");
  Track(3);
  EXPECT_TRUE(WaitForDelivered(3));
}

TEST_F(TlsTest, WithAnothersFileNothingIsSent) {
  config_.ca_file = Variable("EMBEDDABLES_TLS_OTHER_CA");
  Start();
  agent_->Identify("email", "a@b.c");
  Track(1);
  EXPECT_TRUE(WaitFor([&] { return CountOutcomes(OutcomeKind::kTls) > 0; }));
  EXPECT_EQ(ledger().pending, 1u);
}

}  // namespace
}  // namespace embeddables::test
