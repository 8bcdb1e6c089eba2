// SPDX-License-Identifier: Apache-2.0
// The same as consumer.c, in C++17.
#include <cihsm/cihsm.h>

#include <iostream>
#include <memory>

namespace {

struct value_free {
    void operator()(cihsm_value *value) const { cihsm_value_free(&value); }
};

} // namespace

int main()
{
    const std::unique_ptr<cihsm_value, value_free> value(cihsm_value_new_object());
    cihsm_error err{};
    std::cout << "version " << cihsm_version() << '\n';
    if (!value || cihsm_value_set_string(value.get(), "Id", "a \"b\"", &err) != CIHSM_OK) {
        std::cerr << err.message << '\n';
        return 1;
    }
    std::cout << "Id = " << cihsm_value_get_string(value.get(), "Id") << '\n';

    cihsm_client_config config{};
    config.service_key = "nowhere.json";
    cihsm_client *client = nullptr;
    const cihsm_status status = cihsm_client_open(&config, &client, &err);
    std::cout << cihsm_status_exit_code(status) << ": " << err.message << '\n';
    cihsm_client_free(&client);
    return 0;
}
