/* SPDX-License-Identifier: Apache-2.0 */
/* Services of SAP BTP are reached through a proxy that has roots
 * of its own, once and not for long. */
#include <cihsm/btp.h>
#include <cihsm/enrolment.h>

void use_network(cihsm_enrolment *what, const cihsm_log *log)
{
    cihsm_btp_network network = {0};
    network.ca = "company-roots.pem";
    network.timeout_ms = 20000;
    network.retry_time_ms = -1;
    network.log = log;
    what->network = network;
}
