#include "settings.h"

#include <QNetworkProxy>
#include <QNetworkProxyFactory>
#include <QNetworkProxyQuery>
#include <QSettings>
#include <QUrl>

namespace desktop {
namespace {

std::string Url(const QString& scheme, const QNetworkProxy& proxy) {
  QUrl url;
  url.setScheme(scheme);
  url.setHost(proxy.hostName());
  url.setPort(proxy.port());
  url.setUserName(proxy.user());
  url.setPassword(proxy.password());
  return url.toString(QUrl::FullyEncoded).toStdString();
}

// What the desktop's own settings say, where Qt can read them.
std::string SystemProxy(const std::string& base_url) {
  const QNetworkProxyQuery query(QUrl(QString::fromStdString(base_url)));
  const auto proxies = QNetworkProxyFactory::systemProxyForQuery(query);
  for (const QNetworkProxy& proxy : proxies) {
    if (proxy.type() == QNetworkProxy::HttpProxy) return Url("http", proxy);
    if (proxy.type() == QNetworkProxy::Socks5Proxy) return Url("socks5h", proxy);
  }
  return {};
}

}  // namespace

bool Settings::operator==(const Settings& other) const {
  return proxy == other.proxy && proxy_url == other.proxy_url && proxy_user == other.proxy_user &&
         proxy_password == other.proxy_password;
}

Settings Settings::Load(const QString& file) {
  const QSettings stored(file, QSettings::IniFormat);
  Settings settings;
  const QString proxy = stored.value("proxy/use", "system").toString();
  if (proxy == "none") settings.proxy = Proxy::kNone;
  if (proxy == "url") settings.proxy = Proxy::kUrl;
  settings.proxy_url = stored.value("proxy/url").toString();
  settings.proxy_user = stored.value("proxy/user").toString();
  return settings;
}

bool Settings::Save(const QString& file) const {
  QSettings stored(file, QSettings::IniFormat);
  stored.setValue("proxy/use", proxy == Proxy::kNone  ? "none"
                               : proxy == Proxy::kUrl ? "url"
                                                      : "system");
  stored.setValue("proxy/url", proxy_url);
  stored.setValue("proxy/user", proxy_user);
  stored.sync();
  return stored.status() == QSettings::NoError;
}

std::string Settings::ProxyFor(const std::string& base_url) const {
  if (proxy == Proxy::kNone) return {};
  if (proxy == Proxy::kSystem) return SystemProxy(base_url);
  QUrl url(proxy_url);
  if (!proxy_user.isEmpty()) {
    url.setUserName(proxy_user);
    url.setPassword(proxy_password);
  }
  return url.toString(QUrl::FullyEncoded).toStdString();
}

}  // namespace desktop
