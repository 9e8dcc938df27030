"""The recipe for Conan 2. It was never run here: tests/packages_lint.sh checks its form.

    conan create platform/packages/conan --build=missing

builds the sources that the recipe lies in.
"""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd, stdcpp_library
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir
from conan.tools.gnu import PkgConfigDeps

required_conan_version = ">=2.0.9"


class EmbeddablesAgentConan(ConanFile):
    name = "embeddables-agent"
    description = "Sends custom events to Embeddables, and keeps them while it cannot"
    homepage = "https://embeddables.com"
    topics = ("telemetry", "events", "offline")
    # No `license`: the owner has not chosen one.
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {
        "shared": [True, False],
        "fPIC": [True, False],
        "with_curl": [True, False],
        "with_tools": [True, False],
    }
    default_options = {
        "shared": False,
        "fPIC": True,
        "with_curl": True,
        "with_tools": False,
    }
    implements = ["auto_shared_fpic"]

    @property
    def _sources(self):
        return os.path.join(self.recipe_folder, "..", "..", "..")

    def set_version(self):
        lists = load(self, os.path.join(self._sources, "CMakeLists.txt"))
        self.version = re.search(r"project\(embeddables-agent VERSION ([0-9.]+)", lists).group(1)

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "THIRD-PARTY.md", "agent/*", "include/*", "platform/*",
                        "samples/*"):
            copy(self, pattern, self._sources, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        if self.options.with_curl:
            self.requires("libcurl/[>=7.88.1 <9]")
        self.requires("sqlite3/[>=3.37 <4]")
        self.requires("rapidjson/cci.20230929", visible=False)
        if self.options.with_tools:
            self.requires("cli11/[>=2.1 <3]", visible=False)
            self.requires("cpp-httplib/[>=0.11 <1]", visible=False, options={"with_openssl": True})
            self.requires("openssl/[>=3 <4]", visible=False)

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.18 <5]")
        if self.options.with_tools:
            self.tool_requires("pkgconf/[>=2 <3]")

    def validate(self):
        check_min_cppstd(self, 17)
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration(f"{self.ref} runs on Linux only so far")
        if self.options.with_tools and not self.options.with_curl:
            raise ConanInvalidConfiguration("with_tools needs with_curl: the command line sends")

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["EMBEDDABLES_WITH_CURL"] = bool(self.options.with_curl)
        toolchain.cache_variables["EMBEDDABLES_BUILD_SAMPLES"] = bool(self.options.with_tools)
        toolchain.cache_variables["EMBEDDABLES_BUILD_TESTS"] = False
        toolchain.cache_variables["EMBEDDABLES_INSTALL"] = True
        toolchain.cache_variables["EMBEDDABLES_PAGE_PLOTS"] = False  # npm would fetch them
        rapidjson = self.dependencies["rapidjson"].cpp_info.includedirs[0]
        toolchain.cache_variables["EMBEDDABLES_RAPIDJSON_INCLUDE"] = rapidjson.replace("\\", "/")
        toolchain.generate()
        deps = CMakeDeps(self)
        # 8 is a later 7.88, although its first number is another one.
        deps.set_property("libcurl", "cmake_config_version_compat", "AnyNewerVersion")
        deps.generate()
        PkgConfigDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "THIRD-PARTY.md", self.source_folder,
             os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        # Conan makes these itself, for its own paths.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))
        rmdir(self, os.path.join(self.package_folder, "lib", "systemd"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "embeddables-agent")
        self.cpp_info.set_property("pkg_config_name", "embeddables-agent")
        agent = self.cpp_info.components["agent"]
        agent.set_property("cmake_target_name", "embeddables::agent")
        agent.libs = ["embeddables"]
        agent.system_libs = ["pthread"]
        runtime = stdcpp_library(self)
        if runtime and not self.options.shared:
            agent.system_libs.append(runtime)  # for a program in C
        if self.options.shared:
            agent.defines = ["EMBEDDABLES_SHARED"]
        agent.requires = ["sqlite3::sqlite3"]
        if self.options.with_curl:
            agent.requires.append("libcurl::libcurl")
        agent_c = self.cpp_info.components["agent_c"]
        agent_c.set_property("cmake_target_name", "embeddables::agent_c")
        agent_c.requires = ["agent"]
