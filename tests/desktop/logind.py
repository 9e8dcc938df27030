#!/usr/bin/env python3
"""As much of logind as a program sees that asks to be told of sleep.

Each line of standard input, "sleep" or "wake", is announced. Says "held" when somebody has taken
the delay lock, and "let go" when that was given back.
"""
import os
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

MANAGER = "org.freedesktop.login1.Manager"


def say(word):
    print(word, flush=True)


class Logind(dbus.service.Object):
    @dbus.service.method(MANAGER, in_signature="ssss", out_signature="h")
    def Inhibit(self, what, who, why, mode):
        assert (what, mode) == ("sleep", "delay"), (what, mode)
        mine, theirs = os.pipe()
        GLib.io_add_watch(mine, GLib.IO_HUP, lambda *_: say("let go"))
        handed = dbus.types.UnixFd(theirs)
        os.close(theirs)
        say("held")
        return handed

    @dbus.service.signal(MANAGER, signature="b")
    def PrepareForSleep(self, sleeps):
        pass


def on_line(*_):
    line = sys.stdin.readline().strip()
    if line:
        logind.PrepareForSleep(line == "sleep")
    return bool(line)


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
name = dbus.service.BusName("org.freedesktop.login1", bus)
logind = Logind(bus, "/org/freedesktop/login1")
GLib.io_add_watch(sys.stdin, GLib.IO_IN, on_line)
say("ready")
GLib.MainLoop().run()
