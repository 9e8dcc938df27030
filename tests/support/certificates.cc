#include "tests/support/certificates.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace embeddables::test {
namespace {

void OpenSsl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  std::string output;
  // GoogleTest ends a test that throws; one that went on would use what is not there.
  if (RunProcess(arguments, {}, &output) != 0) throw std::runtime_error("openssl: " + output);
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
File OpenFile(const std::string& path, const char* mode) {
  return {std::fopen(path.c_str(), mode), std::fclose};
}

// Gives it other days, and signs it again. The openssl program refuses to make one of the past from
// version 3.4 on.
bool SetDays(const std::string& certificate_file, const std::string& signing_key_file,
             int first_day, int last_day) {
  const File key_file = OpenFile(signing_key_file, "r");
  const File certificate_pem = OpenFile(certificate_file, "r+");
  if (key_file == nullptr || certificate_pem == nullptr) return false;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_PrivateKey(key_file.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_X509(certificate_pem.get(), nullptr, nullptr, nullptr), X509_free);
  if (key == nullptr || certificate == nullptr) return false;
  std::rewind(certificate_pem.get());
  constexpr long kDay = 24 * 60 * 60;
  return X509_gmtime_adj(X509_getm_notBefore(certificate.get()), first_day * kDay) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate.get()), last_day * kDay) != nullptr &&
         X509_sign(certificate.get(), key.get(), EVP_sha256()) != 0 &&
         PEM_write_X509(certificate_pem.get(), certificate.get()) == 1;
}

}  // namespace

Authority::Authority() {
  ca_ = {directory_ / "ca.pem", directory_ / "ca.key"};
  OpenSsl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
           "-days", "30", "-subj", "/CN=test authority", "-keyout", ca_.key, "-out",
           ca_.certificate});
}

Certificate Authority::Issue(const std::string& name) {
  const std::string base = directory_ / std::to_string(++issued_);
  const Certificate made{base + ".pem", base + ".key"};
  std::ofstream(base + ".ext") << "subjectAltName=" << name << "\n";
  OpenSsl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
           "/CN=test server", "-keyout", made.key, "-out", base + ".csr"});
  OpenSsl({"x509", "-req", "-in", base + ".csr", "-CA", ca_.certificate, "-CAkey", ca_.key,
           "-CAcreateserial", "-days", "30", "-extfile", base + ".ext", "-out", made.certificate});
  return made;
}

Certificate Authority::IssueFor(const std::string& name, int first_day, int last_day) {
  const Certificate made = Issue(name);
  if (!SetDays(made.certificate, ca_.key, first_day, last_day)) {
    throw std::runtime_error(made.certificate);
  }
  return made;
}

}  // namespace embeddables::test
