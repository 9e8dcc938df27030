// `doctor` and certificates that are wrong, each in its own way.

#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/doctor_fixture.h"
#include "tests/support/certificates.h"

namespace embeddables::test {
namespace {

TEST_F(Doctor, ACertificateThatIsExpiredUntrustedOrSoonOver) {
  Authority authority;
  const auto serve = [this](const Certificate& with) {
    auto collector =
        std::make_unique<Collector>(std::vector<std::string>{"--tls", with.certificate, with.key});
    PointAt(collector->url());
    return collector;
  };
  const std::string ca = authority.ca_file();
  {
    const auto collector = serve(authority.Issue("IP:127.0.0.1"));
    EXPECT_EQ(Examine({"--ca-file", ca}), 0) << output_;
    Expect("tls", "ok", "test authority");
    EXPECT_NE(lines_["tls"].what.find(", valid for "), std::string::npos) << output_;
    EXPECT_EQ(Examine(), 4);
    Expect("tls", "fail", "test authority");
    EXPECT_NE(lines_["tls"].next.find("--ca-file"), std::string::npos) << output_;
    Expect("server", "not known", "");
  }
  {
    const auto soon_over = serve(authority.IssueFor("IP:127.0.0.1", -1, 5));
    EXPECT_EQ(Examine({"--ca-file", ca}), 0) << output_;
    Expect("tls", "warn", ", valid for ");
    EXPECT_NE(lines_["tls"].next.find("renewed"), std::string::npos) << output_;
  }
  {
    const auto expired = serve(authority.IssueFor("IP:127.0.0.1", -2, -1));
    EXPECT_EQ(Examine({"--ca-file", ca}), 4);
    Expect("tls", "fail", "expired");
    EXPECT_NE(lines_["tls"].next.find("it ended on "), std::string::npos) << output_;
  }
  const auto early = serve(authority.IssueFor("IP:127.0.0.1", 1, 30));
  EXPECT_EQ(Examine({"--ca-file", ca}), 4);
  Expect("tls", "fail", "not yet valid");
  EXPECT_NE(lines_["tls"].next.find("set this device's clock"), std::string::npos) << output_;
}

}  // namespace
}  // namespace embeddables::test
