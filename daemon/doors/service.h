// SPDX-License-Identifier: Apache-2.0
// The door to libsystemd: what the service manager is told. Each does nothing where there is none.
#pragma once

void service_ready(void);
void service_alive(void); // feeds the watchdog
void service_stopping(void);
