// A certificate authority made for one test, by the openssl program.

#ifndef EMBEDDABLES_TESTS_SUPPORT_CERTIFICATES_H_
#define EMBEDDABLES_TESTS_SUPPORT_CERTIFICATES_H_

#include <string>

#include "tests/support/temp_dir.h"

namespace embeddables::test {

struct Certificate {
  std::string certificate, key;  // PEM files
};

class Authority {
 public:
  Authority();
  const std::string& ca_file() const { return ca_.certificate; }
  // For this DNS name or address: "IP:127.0.0.1", "DNS:example.test".
  Certificate Issue(const std::string& name);
  // ... valid between these days, counted from now on: -2 and -1 make an expired one.
  Certificate IssueFor(const std::string& name, int first_day, int last_day);

 private:
  TempDir directory_;
  Certificate ca_;
  int issued_ = 0;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_CERTIFICATES_H_
