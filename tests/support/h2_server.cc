#include "tests/support/h2_server.h"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace embeddables::test {
namespace {

int ChooseH2(SSL*, const unsigned char** out, unsigned char* size, const unsigned char*,
             unsigned int, void*) {
  static const unsigned char kH2[] = {'h', '2'};
  *out = kH2;
  *size = sizeof kH2;
  return SSL_TLSEXT_ERR_OK;
}

constexpr char kBody[] = R"({"entry_id":"entry_1"})";

ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t most,
                 std::uint32_t* flags, nghttp2_data_source*, void*) {
  const std::size_t size = std::min(most, sizeof kBody - 1);
  std::memcpy(to, kBody, size);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(size);
}

}  // namespace

// One connection: TLS outside, a session of nghttp2 inside, driven by one thread.
class H2Connection {
 public:
  H2Connection(H2Server* server, RawConnection* raw, SSL* ssl)
      : server_(server), raw_(raw), ssl_(ssl) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_send_callback(callbacks, Send);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, server->window_};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
    // That of all streams together.
    if (server->window_ > H2Server::kDefaultWindow) {
      nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                            static_cast<std::int32_t>(server->window_));
    }
  }
  ~H2Connection() { nghttp2_session_del(session_); }

  void Run() {
    std::uint8_t piece[4096];
    while (
        !ended_ && nghttp2_session_send(session_) == 0 &&
        (nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0)) {
      const int got = SSL_read(ssl_, piece, sizeof piece);
      if (got <= 0 ||
          nghttp2_session_mem_recv(session_, piece, static_cast<std::size_t>(got)) < 0) {
        return;
      }
    }
  }

 private:
  static ssize_t Send(nghttp2_session*, const std::uint8_t* data, std::size_t size, int,
                      void* user) {
    const int sent =
        SSL_write(static_cast<H2Connection*>(user)->ssl_, data, static_cast<int>(size));
    return sent > 0 ? sent : NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int OnData(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
                    std::size_t size, void* user) {
    static_cast<H2Connection*>(user)->bodies_[stream].append(reinterpret_cast<const char*>(data),
                                                             size);
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
        (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
      static_cast<H2Connection*>(user)->Answer(frame->hd.stream_id);
    }
    return 0;
  }

  void Answer(std::int32_t stream) {
    if (ended_ || leaving_) return;
    switch (server_->Ask(streams_++, raw_->number())) {
      case H2Server::Reply::kConfirm:
        server_->server_->CountConfirmed(bodies_[stream]);
        return Respond(stream, "200");
      case H2Server::Reply::kServerError:
        return Respond(stream, "500");
      case H2Server::Reply::kThrottle:
        return Respond(stream, "429");
      case H2Server::Reply::kDrowning:
        return Respond(stream, "503", "0");
      case H2Server::Reply::kNothing:
        return;
      case H2Server::Reply::kRefuseStream:
        ++server_->refused_;
        nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_REFUSED_STREAM);
        return;
      case H2Server::Reply::kInternalError:
        nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_INTERNAL_ERROR);
        return;
      case H2Server::Reply::kGoaway:
        // What was answered before gets there; the client closes when it has all.
        nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, std::max(0, stream - 2),
                              NGHTTP2_NO_ERROR, nullptr, 0);
        leaving_ = true;
        return;
      case H2Server::Reply::kGarbage:
        SSL_write(ssl_, "\xff\xff\xffgarbage garbage garbage", 26);
        break;
      case H2Server::Reply::kClose:
        break;
    }
    nghttp2_session_send(session_);
    ended_ = true;
  }

  void Respond(std::int32_t stream, std::string status, std::string retry_after = "") {
    std::string names[] = {":status", "retry-after"};
    const nghttp2_nv headers[] = {Header(&names[0], &status), Header(&names[1], &retry_after)};
    nghttp2_data_provider body{};
    body.read_callback = ReadBody;
    nghttp2_submit_response(session_, stream, headers, retry_after.empty() ? 1 : 2, &body);
  }
  static nghttp2_nv Header(std::string* name, std::string* value) {
    return {reinterpret_cast<std::uint8_t*>(name->data()),
            reinterpret_cast<std::uint8_t*>(value->data()), name->size(), value->size(),
            NGHTTP2_NV_FLAG_NONE};
  }

  H2Server* server_;
  RawConnection* raw_;
  SSL* ssl_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, std::string> bodies_;
  int streams_ = 0;
  bool ended_ = false;
  bool leaving_ = false;
};

H2Server::H2Server(const Certificate& certificate, Script script, std::uint32_t window)
    : context_(SSL_CTX_new(TLS_server_method())), script_(std::move(script)), window_(window) {
  EXPECT_EQ(
      SSL_CTX_use_certificate_file(context_, certificate.certificate.c_str(), SSL_FILETYPE_PEM), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context_, certificate.key.c_str(), SSL_FILETYPE_PEM), 1);
  SSL_CTX_set_alpn_select_cb(context_, ChooseH2, nullptr);
  signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  server_ = std::make_unique<RawServer>([this](RawConnection* connection) { Serve(connection); });
}

H2Server::~H2Server() {
  server_.reset();
  SSL_CTX_free(context_);
}

void H2Server::SetScript(Script script) {
  const std::lock_guard<std::mutex> lock(mutex_);
  script_ = std::move(script);
}

H2Server::Reply H2Server::Ask(int stream, int connection) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return script_(stream, connection);
}

void H2Server::Serve(RawConnection* connection) {
  SSL* ssl = SSL_new(context_);
  SSL_set_fd(ssl, connection->descriptor());
  if (SSL_accept(ssl) == 1) H2Connection(this, connection, ssl).Run();
  SSL_free(ssl);
}

}  // namespace embeddables::test
