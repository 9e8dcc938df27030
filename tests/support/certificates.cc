#include "tests/support/certificates.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/process.h"

namespace embeddables::test {
namespace {

void OpenSsl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  std::string output;
  EXPECT_EQ(RunProcess(arguments, {}, &output), 0) << output;
}

}  // namespace

Authority::Authority() {
  ca_ = {directory_ / "ca.pem", directory_ / "ca.key"};
  OpenSsl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
           "-days", "30", "-subj", "/CN=test authority", "-keyout", ca_.key, "-out",
           ca_.certificate});
}

Certificate Authority::Issue(const std::string& name, int days) {
  const std::string base = directory_ / std::to_string(++issued_);
  const Certificate made{base + ".pem", base + ".key"};
  std::ofstream(base + ".ext") << "subjectAltName=" << name << "\n";
  OpenSsl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
           "/CN=test server", "-keyout", made.key, "-out", base + ".csr"});
  OpenSsl({"x509", "-req", "-in", base + ".csr", "-CA", ca_.certificate, "-CAkey", ca_.key,
           "-CAcreateserial", "-days", std::to_string(days), "-extfile", base + ".ext", "-out",
           made.certificate});
  return made;
}

}  // namespace embeddables::test
