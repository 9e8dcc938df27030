"""Speaks for the logind of python3-dbusmock: `sleeps` and `wakes` tell everybody, `locks` prints who
delays the sleep."""
import sys

import dbus

PLACE = "org.freedesktop.login1", "/org/freedesktop/login1"
MANAGER = "org.freedesktop.login1.Manager"
logind = dbus.SystemBus().get_object(*PLACE)

if sys.argv[1] == "locks":
    for what, who, _, mode, _, _ in logind.ListInhibitors(dbus_interface=MANAGER):
        print(what, who, mode)
else:
    logind.EmitSignal(MANAGER, "PrepareForSleep", "b",
                      dbus.Array([dbus.Boolean(sys.argv[1] == "sleeps")], signature="v"),
                      dbus_interface="org.freedesktop.DBus.Mock")
